create table t (a int)
create temporary table if not exists d.t (a int unsigned zerofill not null auto_increment primary key, b varchar(10) character set utf8mb4 collate utf8mb4_bin default 'x' comment 'it''s') engine = InnoDB auto_increment = 5 default charset utf8mb4 comment 'c'
create table t (a decimal(10,2), b dec, c numeric(5), d fixed, e float(7,3), f double precision, g real, h bit(3), i bool, j boolean)
create table t (a tinyint(1), b smallint, c mediumint, d int4, e bigint(20) unsigned, f int1, g int2, h int3, i int8, j middleint, k integer)
create table t (a char, b char(10) binary, c character varying(20), d national char(3), e nvarchar(4), f nchar varchar(5), g char(3) ascii, h varchar(3) unicode, i char(4) byte)
create table t (a binary(3), b varbinary(10), c tinyblob, d blob(100), e mediumblob, f longblob, g long varbinary, h long varchar, i long, j tinytext, k text(5) charset latin1, l mediumtext, m longtext binary)
create table t (a date, b time(3), c datetime(6) default current_timestamp(6) on update current_timestamp(6), d timestamp null default null, e year(4), f enum('a','b') character set latin1, g set('x') not null)
create table t (a geometry not null, b point, c linestring, d polygon, e multipoint, f multilinestring, g multipolygon, h geometrycollection, spatial index (a), j json)
create table t (id serial, a int default -5, b int default +5, c varchar(5) default 'a' 'b', d bit(2) default b'01', e binary(1) default x'41', f int default (1 + 2))
create table t (a int, primary key (a), key k (a), index using btree (a), unique u (a), unique key (a desc), fulltext key f (b) comment 'x', constraint c1 unique (a), constraint primary key (a))
create table t (a int, key k (a(10), b asc) using hash key_block_size = 8 comment 'k')
create table t (a int references o (id), constraint fk foreign key fki (a, b) references d.o (x, y) match full on delete cascade on update set null, foreign key (a) references o (x) on update no action on delete restrict)
create table t (a int check (a > 0), check (a < 10), constraint ch check (a <> 5))
create table t like o
create table t (like o)
create table t as select 1 as a
create table t (a int) engine = memory ignore select 1 as a
create table t (a int) replace as select 1
create table t select 1 union select 2
create table t (select 1)
create table t (a int) avg_row_length = 1 checksum = 1 connection 'x' data directory = '/x' index directory '/y' delay_key_write 0 insert_method = last key_block_size 4 max_rows = 5 min_rows 1 pack_keys = default row_format = dynamic stats_auto_recalc = default stats_persistent = 1 stats_sample_pages = 20 union = (a, b.c), engine myisam
create table t (a int) partition by hash (a) partitions 4
create table t (a int) partition by linear key algorithm = 2 (a) partitions 3
create table t (a int) partition by key ()
create table t (a int) partition by range (a) (partition p0 values less than (10) engine = innodb, partition p1 values less than maxvalue comment = 'x' data directory '/a' max_rows 5)
create table t (a int) partition by range columns (a, b) (partition p0 values less than (10, 'x'), partition p1 values less than (maxvalue, maxvalue))
create table t (a int) partition by list (a) (partition p0 values in (1, 2, null), partition p1 values in (3))
create table t (a int) partition by list columns (a, b) (partition p0 values in ((1, 'a'), (2, 'b')))
create table t (a int) partition by range (year(b)) subpartition by hash (to_days(b)) subpartitions 2 (partition p0 values less than (1990) (subpartition s0, subpartition s1 engine innodb))
alter table t add a int, add column (b int, c int), add d int first, add column e int after a
alter table t add index (a), add unique key u (b), add primary key (a), add constraint x foreign key (a) references o (b), add check (a > 1), add fulltext (c), add spatial index s (g)
alter table t change a b int not null, change column a b int first, modify a bigint, modify column b text after a
alter table t drop a, drop column b, drop primary key, drop index k, drop key k2, drop foreign key f, drop constraint c
alter table t alter a set default 5, alter column b drop default, alter c set default (1 + 1)
alter table t rename to o, rename column a to b, rename index a to b, rename key c to d
alter table t rename as d.x
alter table t engine = innodb, comment = 'x', auto_increment 10
alter table t engine = innodb row_format = compressed
alter table t convert to character set utf8mb4 collate utf8mb4_bin
alter table t convert to charset default
alter table t default character set latin1 collate latin1_bin
alter table t order by a desc, b
alter table t disable keys, enable keys, force
alter table t discard tablespace
alter table t import tablespace
alter table t algorithm = inplace, lock = none, add column z int
alter table t add partition (partition p5 values less than (100))
alter table t add partition partitions 3
alter table t drop partition p1, p2
alter table t coalesce partition 2
alter table t reorganize partition p0, p1 into (partition n0 values less than (5), partition n1 values less than (10))
alter table t exchange partition p with table o
alter table t analyze partition all
alter table t check partition p0 quick for upgrade
alter table t optimize partition p0, p1
alter table t rebuild partition all
alter table t repair partition p0 extended
alter table t truncate partition p0
alter table t remove partitioning
alter table t partition by hash (a) partitions 3
alter table t add column x int partition by hash (a)
alter table t
create index i on t (a)
create unique index i using btree on t (a, b(5) desc) comment 'x' algorithm = inplace lock = none
create fulltext index i on t (c)
create spatial index i on t (g)
drop index i on d.t
drop table t
drop temporary table if exists a, d.b cascade
drop tables a restrict
rename table a to b, d.c to e.f
truncate t
truncate table d.t
create database d
create schema if not exists d default character set utf8mb4 collate = utf8mb4_bin
alter database d character set latin1
alter schema collate latin1_bin
drop database if exists d
drop schema d
create view v as select 1
create or replace algorithm = merge definer = 'root'@'localhost' sql security invoker view d.v (a, b) as select 1, 2 with cascaded check option
create definer = current_user view v as select * from t with check option
alter algorithm = temptable view v as select 2 with local check option
drop view if exists v, d.w restrict
create trigger tr before insert on t for each row set new.a = 5
create definer = `a`@`%` trigger d.tr after update on t for each row follows other begin set @x = old.a; insert into log values (new.a); end
create event e on schedule at current_timestamp + interval 1 hour do delete from t
create event if not exists e on schedule every 5 minute starts '2020-01-01 00:00:00' ends now() + interval 1 day on completion not preserve disable comment 'c' do begin end
alter event e rename to f
alter event e on schedule every '1:30' hour_minute enable do select 1
drop event if exists e
create procedure p () select 1
create definer = root@localhost procedure d.p (in a int, out b varchar(10) charset latin1, inout c decimal(5,2), d int) comment 'x' language sql not deterministic reads sql data sql security invoker begin select a into b; end
create function f (a int, b text) returns int deterministic return a + 1
create function f () returns varchar(10) charset utf8mb4 no sql begin declare x int default 5; declare y, z varchar(10); return x; end
alter procedure p comment 'x' sql security definer
alter function f modifies sql data
drop procedure if exists d.p
drop function f
drop trigger if exists d.tr
create function u returns string soname 'lib.so'
create aggregate function u returns integer soname 'lib.so'
create procedure p () begin declare done int default 0; declare c cursor for select a from t; declare continue handler for not found set done = 1; declare exit handler for sqlexception, sqlwarning, sqlstate '42000', 1064 begin end; open c; l: loop fetch c into x, y; if done then leave l; end if; end loop l; close c; end
create procedure p () begin declare cond condition for sqlstate value '45000'; signal cond set message_text = 'x', mysql_errno = 5; resignal; resignal sqlstate '45001' set message_text = @x; end
create procedure p () lab: begin if a then select 1; elseif b then select 2; else select 3; end if; case x when 1 then select 1; else begin end; end case; case when a > 1 then leave lab; end case; end lab
create procedure p () begin w: while a < 5 do set a = a + 1; iterate w; end while w; repeat set a = a - 1; until a = 0 end repeat; end
create procedure p () begin get diagnostics @a = number, b = row_count; get current diagnostics condition 1 @m = message_text, s = returned_sqlstate; end
create procedure p () begin declare v cursor for select 1; fetch next from v into a; fetch from v into a; end
create procedure p () if (a = 1) then select 1; end if
create procedure p () begin start transaction; commit; call q(1); prepare s from 'x'; execute s using @a; deallocate prepare s; drop prepare s; select a into @b from t; end
signal sqlstate '45000'
show databases
show schemas like 'a%'
show tables
show full tables from d where a = 1
show columns from t
show full fields in t in d like 'x'
show index from t
show keys from t from d where key_name = 'x'
show create table d.t
show create view v
show create procedure p
show create function p
show create trigger p
show create event p
show create database d
show create schema if not exists d
show create user root@localhost
show table status from d like 'a'
show open tables
show triggers from d
show events
show status
show global status like 'a'
show session variables where a = 1
show local variables
show variables like 'a'
show character set
show charset like 'u%'
show collation where charset = 'utf8mb4'
show engines
show storage engines
show engine innodb status
show engine all mutex
show warnings
show warnings limit 1, 2
show count(*) errors
show errors limit 5
show plugins
show privileges
show processlist
show full processlist
show profiles
show profile
show profile cpu, block io for query 3 limit 1
show grants
show grants for current_user()
show grants for 'a'@'%'
show procedure status like 'a'
show function status
show procedure code p
show binary logs
show binlog events in 'x' from 4 limit 1, 2
show relaylog events
show replica status
create user a
create user if not exists 'a'@'%' identified by 'x', b identified by 'y' require ssl with max_queries_per_hour 5 max_user_connections 1 account lock password expire never
create user a require subject 'x' and issuer 'y' cipher 'z'
alter user a identified by 'x'
alter user current_user() identified by 'x'
drop user if exists a, 'b'@'h'
rename user a to b, c@d to e@f
create role if not exists r1, r2
drop role r1
grant select on *.* to a
grant select (a, b), insert (c), update on d.t to a, b@c with grant option
grant all privileges on d.* to 'a'@'%'
grant all on * to a
grant execute on procedure d.p to a
grant create temporary tables, create view, lock tables, replication slave, show databases, alter routine, grant option on *.* to a
grant proxy on a to b with grant option
revoke select on d.t from a
revoke all privileges, grant option from a, b
revoke r1 from a
set password = 'x'
set password for a@b = 'x'
set role none
create server s foreign data wrapper mysql options (user 'a', host 'h', database 'd', port 5, password 'p', socket 's', owner 'o')
alter server s options (user 'x')
drop server if exists s
install plugin p soname 's.so'
uninstall plugin p
purge binary logs to 'x'
purge binary logs before '2020-01-01'
binlog 'abc'
flush privileges
flush tables
flush tables a, d.b with read lock
flush tables with read lock
flush table a for export
flush binary logs, engine logs
flush no_write_to_binlog logs, status
flush relay logs
analyze table a, b
analyze no_write_to_binlog table a
check table a fast quick
optimize local table a
repair table a use_frm
checksum table a extended
cache index a, b in hot
cache index a index (i, j) in hot
load index into cache t ignore leaves
load index into cache t index (a), o
shutdown
help 'x'
create table t (a int, b int as (a + 1) unique comment 'x', c int generated always as (a * 2) stored)
set role r1
drop index `primary` on t
alter table t add partition
