alter view v as (select 1) union (select 2)
show vitess_keyspaces
show keyspaces like 'a%'
show vitess_shards
show vitess_tablets like 'x'
show vitess_target
show vitess_replication_status
show vitess_metadata variables
show vschema tables
show vschema vindexes
show vschema vindexes from ks.t
show vitess_migrations
show vitess_migrations from ks like 'x'
show vitess_migration 'uuid' logs
show vitess_throttled_apps
show vitess_throttler status
show global gtid_executed from ks
show global vgtid_executed
show transaction status for 'dtid'
show unresolved transactions
show unresolved transactions for ks
alter vschema create vindex ks.v using hash
alter vschema create vindex v using lookup with owner = t, from = 'a,b'
alter vschema drop vindex v
alter vschema add table t
alter vschema drop table ks.t
alter vschema add sequence s
alter vschema drop sequence s
alter vschema on t add vindex v (a, b) using hash
alter vschema on t add vindex v (a)
alter vschema on t drop vindex v
alter vschema on t add auto_increment id using ks.s
alter vschema on t drop auto_increment
alter vitess_migration 'u' retry
alter vitess_migration 'u' cleanup
alter vitess_migration 'u' launch
alter vitess_migration 'u' launch vitess_shards '-80,80-'
alter vitess_migration launch all
alter vitess_migration 'u' complete
alter vitess_migration complete all
alter vitess_migration complete context 'c'
alter vitess_migration 'u' postpone complete
alter vitess_migration postpone complete all
alter vitess_migration 'u' cancel
alter vitess_migration cancel context 'c'
alter vitess_migration 'u' throttle expire '1h' ratio 0.5
alter vitess_migration throttle all expire '1h'
alter vitess_migration 'u' unthrottle
alter vitess_migration unthrottle all
alter vitess_migration 'u' force_cutover
alter vitess_migration force_cutover all
alter vitess_migration 'u' cutover_threshold '5s'
alter vitess_migration cleanup all
revert vitess_migration 'u'
alter vitess_migration retry all
alter vitess_migration retry context 'c'
alter vitess_migration cleanup context 'c'
alter vitess_migration launch context 'c'
alter vitess_migration 'u' complete vitess_shards '-80,80-'
alter vitess_migration postpone complete context 'c'
alter vitess_migration cancel all
alter vitess_migration 'u' throttle
alter vitess_migration throttle all
alter vitess_migration throttle context 'c' expire '1h' ratio 0.7
alter vitess_migration unthrottle context 'c'
alter vitess_migration force_cutover context 'c'
alter vschema create vindex v using lookup with owner = 't', from = 'a', table = 'x.y'
show vschema keyspaces
show vitess_metadata variables like 'a'
show vitess_replication_status like 'a'
show vitess_tablets where a = 1
show vitess_migrations where a = 1
vexplain select 1
vexplain plan select 1
vexplain queries select 1
vexplain all delete from t
vexplain trace select 1
vexplain keys select 1
vexplain mysqlplan select 1
explain format = vitess select 1
stream * from ks.t
vstream * from t where a > 1 limit 5
select * from t use vindex (a) where id = 1
select * from t ignore vindex (a, b)
select 1 from t where a in ::list and b = :v1
