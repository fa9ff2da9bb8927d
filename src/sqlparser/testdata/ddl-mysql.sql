create table t (a int not secondary, b int column_format fixed storage disk, c geometry srid 4326, d int invisible, e int visible, f int engine_attribute '{}' secondary_engine_attribute = 'x', key k ((a + 1) desc) invisible, key ((lower(b))) engine_attribute '{}')
create table t (a int check (a > 1) not enforced, constraint c check (a < 5) enforced)
create table t (a vector(5), b vector)
create table t (a int) autoextend_size = 4M compression = 'zlib' encryption 'y' engine_attribute '{}' secondary_engine = rapid tablespace ts storage disk start transaction
create table t (id int serial default value)
alter table t alter index i invisible, alter check c not enforced, alter constraint d enforced, alter column e set invisible, drop check c
alter table t with validation, secondary_load
alter table t discard partition p0, p1 tablespace
alter table t import partition all tablespace
create database d encryption = 'y'
alter database d read only = 1
create tablespace ts add datafile 'x' use logfile group g file_block_size = 8192 encryption = 'y' engine = innodb
create tablespace ts
alter tablespace ts rename to tz
alter tablespace ts add datafile 'x' engine ndb
drop tablespace ts engine = ndb
create undo tablespace u add datafile 'x'
alter undo tablespace u set inactive
drop undo tablespace u
create logfile group g add undofile 'x' initial_size 5M engine ndb
alter logfile group g add undofile 'x' engine = ndb
drop logfile group g engine = ndb
create resource group g type = system vcpu = 0-3, 5 thread_priority = -5 enable
alter resource group g thread_priority 3 disable force
drop resource group g force
set resource group g for 1, 2
create spatial reference system if not exists 4120 name 'x' definition 'y' organization 'e' identified by 5 description 'd'
create or replace spatial reference system 5 name 'x'
drop spatial reference system if exists 5
alter instance rotate innodb master key
alter instance reload tls for channel mysql_main no rollback on error
alter instance disable innodb redo_log
install component 'a', 'b' set global x.y = 5
uninstall component 'a'
clone local data directory = '/x'
clone instance from 'u'@'h':3306 identified by 'p' data directory '/x' require no ssl
restart
import table from 'a', 'b'
lock instance for backup
unlock instance
create user a identified with 'p' by 'x'
create user a identified by random password and identified with p2 as 'x' default role r comment 'c'
create user a identified with p as 'hash' password history 5 password reuse interval 3 day password require current optional failed_login_attempts 3 password_lock_time unbounded attribute '{}'
alter user a discard old password
alter user if exists a default role all
alter user a add 2 factor identified by 'x'
alter user a drop 2 factor
alter user user() identified by 'x'
set password for a to random replace 'x' retain current password
set default role r1, r2 to a, b
set default role none to a
grant r to a
grant select on t to a as b with role all except r
grant system_variables_admin, backup_admin on *.* to a
revoke if exists select on t from a ignore unknown user
revoke if exists r from a
change replication source to source_host = 'h', source_port = 3306, source_auto_position = 1, get_source_public_key = 1, privilege_checks_user = null, require_table_primary_key_check = generate for channel 'x'
change replication filter replicate_do_db = (a, b), replicate_wild_do_table = ('a.%'), replicate_rewrite_db = ((a, b)), replicate_do_table = (d.t) for channel 'c'
start replica until sql_after_gtids = 'x' user = 'u' password = 'p' for channel 'x'
stop replica io_thread, sql_thread for channel 'c'
start group_replication user = 'a', password = 'b'
stop group_replication
reset replica all for channel 'x'
reset persist if exists x
reset binary logs and gtids
reset persist
analyze table t update histogram on a, b with 5 buckets auto update
analyze table t drop histogram on a
analyze table t update histogram on a using data '{}'
show binary log status
show replicas
show extended full columns from t
show extended index from t
show grants for a using r1, r2
show relaylog events in 'x' for channel 'c'
show replica status for channel 'c'
cache index t partition (p0, p1) in hot
cache index t partition (all) in default
load index into cache t partition (all) index (primary)
flush optimizer_costs, user_resources
flush relay logs for channel 'x'
create function if not exists f (a int) returns int return 1
create procedure if not exists p () select 1
create trigger if not exists t before delete on x for each row set @a = 1
create view if not exists v as select 1
create function f (a int) returns int language javascript as 'return a'
create function f (a int) returns int language javascript as $js$ return "it's"; $js$
create procedure p () language javascript as $$ let a = 1; $$
create library l language javascript as $$ export function f() {} $$
get stacked diagnostics @a = number
alter table t add column (a int, index (a))
create table t (a int) default collate = utf8mb4_bin, default charset = latin1
create user u@h
create table t (a int, b int as (a + 1), c int generated always as (a * 2) stored, d int generated always as (a) virtual not null)
alter table t exchange partition p with table o without validation
drop index `primary` on t algorithm copy
grant r1, r2 to a with admin option
set role all except r1
set role r1, r2
set role default
alter user a identified with 'p' by 'x' replace 'y' retain current password
create json relational duality view v as select json_duality_object('_id': id, 'name':name) from c
create or replace algorithm = merge definer = a@b sql security invoker json duality view s.v as select json_duality_object(with (insert, update, delete) '_id': c.id, 'os': (select json_arrayagg(json_duality_object(with (insert) "oid": oid, 'p' : p)) from o where o.cid = c.id)) from c
alter json duality view v as select json_duality_object('_id': id, 'o': (select json_duality_object('x': x) from o where o.id = c.id)) from c
create materialized view if not exists v (a) as select a, sum(b) from t group by a
create algorithm = merge materialized definer = x sql security invoker view v as select 1 with check option
create or replace materialized json duality view v as select json_duality_object('_id': id) from c
create function f(a int) returns int language javascript using (s.lib as l, m n) deterministic as $$ return l.x(a) $$
create procedure p() using (lib) begin end
alter function f using (lib as l) comment 'x'
create library l comment 'x' language javascript comment 'y' as $tag$ export $$ $tag$
create library if not exists s.l language wasm as x'0061736d'
alter library s.l comment 'x'
alter table t secondary_load partition (p0, p1) guided off
alter table t secondary_unload partition (p0)
create table x (a int, e vector(3) not null, f vector) allow_missing_files = 1, auto_refresh default auto_refresh_source = none strict_load 0
