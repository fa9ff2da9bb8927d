create or replace table t (a int)
create table t (a int default uuid(), b int default (a + 1), c timestamp(6) generated always as row start, d timestamp(6) generated always as row end, period for system_time (c, d)) with system versioning
create table t (a int with system versioning, b int without system versioning, c text compressed, d text compressed = zlib, e geometry ref_system_id = 5, f int invisible, g int as (a) persistent)
create table t (a int x = 5 y = 'z') page_checksum = 1 transactional = 1 foo = bar baz = default
create table t (a uuid, b inet4, c inet6, key (a) ignored, key (b) not ignored, period for p (c, d), unique (a, p without overlaps))
create table t (v vector(5) not null, vector index (v) m = 8 distance = euclidean)
create table t (a int) partition by system_time interval 1 week starts '2020-01-01' auto partitions 5
create table t (a int) partition by system_time limit 100 (partition p0 history, partition p1 current)
create table t (a int) partition by list (a) (partition p0 values in (1), partition d default)
create table if not exists t (a int)
alter table if exists t wait 5 add column if not exists a int, drop column if exists b, modify if exists c int, add index if not exists i (a), drop index if exists i, drop constraint if exists c, drop foreign key if exists f, rename column if exists a to b, alter column if exists a set default 1
alter online ignore table t add a int
alter table t nowait add system versioning, drop system versioning, add period for p (a, b), drop period for system_time
alter table t alter index i not ignored
alter table t convert partition p to table o
alter table t convert table o to partition p values less than (5)
alter table t drop partition if exists p0
alter table t add partition if not exists (partition p1 values less than (5))
create or replace index i on t (a) wait 5
create index if not exists i on t (a)
drop index if exists i on t wait 3
drop table if exists t wait 5 restrict
rename table if exists a wait 3 to b
truncate t nowait
create or replace database d comment = 'x'
alter database d comment 'y'
alter database `#mysql50#x` upgrade data directory name
create sequence s
create or replace temporary sequence if not exists d.s as int unsigned start with 5 increment by -1 minvalue = 1 no maxvalue cache 10 nocycle engine = innodb comment 'x'
alter sequence if exists s restart with 5 cycle nocache
alter sequence s restart
drop sequence if exists s, d.t
create or replace procedure p () select 1
create or replace aggregate function f (x int) returns int begin declare continue handler for not found return 1; loop fetch group next row; end loop; end
create or replace trigger if not exists t after delete on x for each row precedes y set @a = 1
create or replace event e on schedule every 1 day do select 1
create procedure p () begin declare r row type of t; declare c type of t.a; declare x row (a int, b varchar(5)); for i in 1 .. 10 do select i; end for; for i in reverse 1 .. 5 do select 1; end for; for rec in (select 1) do select rec.a; end for; for rec in cur do select 1; end for; l: for rec in cur(1, 2) do leave l; end for l; end
create procedure p () begin declare c cursor (a int, b int) for select a; open c(1, 2); end
begin not atomic declare a int; set a = 1; end
create user a identified via p using 'x' or q using password('y')
create user a identified by password 'hash'
create or replace user a identified by 'x'
create role r with admin current_user
create or replace role r
set default role r for a
set default role none
set password = password('x')
set password for a = old_password('x')
grant select, binlog monitor, delete history, replication slave admin, replica monitor on *.* to a identified by 'x' require ssl with max_statement_time 1.5
grant role1 to a
revoke admin option for r from a
show all slaves status
show slave 'c' status
show create sequence s
show create package body p
show package status
show plugins soname 'x'
show explain for 5
show authors
show contributors
show master status
show slave hosts
start all slaves
stop slave 'c' sql_thread
change master 'c' to master_host = 'h', master_use_gtid = slave_pos, do_domain_ids = (), master_demote_to_slave = 1
reset slave 'c' all
reset query cache
flush query cache, user_statistics
flush tables with read lock and disable checkpoint
flush ssl
analyze table t persistent for columns (a, b) indexes (c)
analyze table t persistent for all
check view v
repair view v from mysql
install soname 'x'
uninstall plugin if exists p
backup stage block_ddl
backup lock d.t
backup unlock
shutdown wait for all slaves
purge master logs to 'x'
binlog @a, @b
create view if not exists v as select 1
create server if not exists s foreign data wrapper mysql options (host 'x')
lock tables a write wait 5
show slave status
flush local hosts
reset master
start slave
stop slave
start slave sql_thread until relay_log_file = 'x', relay_log_pos = 5
change master to master_host = 'h', master_port = 5, ignore_server_ids = (1, 2)
alter table t add constraint if not exists c check (a > 1)
create table t (a int encryption = 'y') encryption = 'n', secondary_engine = x
