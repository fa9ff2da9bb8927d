create package p function f() returns int; procedure q(a int); end
create package body p function f() returns int begin return 1; end; procedure q(a int) begin end; end
alter table t exchange partition p with table o without validation
