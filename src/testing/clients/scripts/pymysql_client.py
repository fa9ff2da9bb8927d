"""PyMySQL and mysqlclient: python3 pymysql_client.py pymysql|MySQLdb host port ca. ca is empty without TLS."""
import decimal
import importlib
import sys

name, host, port, ca = sys.argv[1:5]
driver = importlib.import_module(name)
options = {"host": host, "port": int(port), "user": "app", "charset": "utf8mb4"}
if ca != "":
    options["ssl"] = {"ca": ca}
connection = driver.connect(**options, database="customer")
with connection.cursor() as cursor:
    cursor.execute("insert into thing (name, price) values (%s, %s)", ("né 💡", decimal.Decimal("12.50")))
    assert cursor.lastrowid > 0, cursor.lastrowid
    first = cursor.lastrowid
    cursor.executemany("insert into thing (name, price) values (%s, %s)", [("b", None), ("c", 3), ("d", 4)])
    assert cursor.rowcount == 3, cursor.rowcount
    connection.commit()
    cursor.execute("select name, price from thing where id = %s", (first,))
    assert cursor.fetchall() == (("né 💡", decimal.Decimal("12.50")),)
    cursor.execute("select name from thing order by name desc limit 2")
    assert cursor.fetchall() == (("né 💡",), ("d",))
    # Neither has the binary protocol: prepared statements are SQL's own.
    cursor.execute("prepare p from 'select price from thing where name = ?'")
    cursor.execute("set @name = 'c'")
    cursor.execute("execute p using @name")
    assert cursor.fetchall() == ((decimal.Decimal("3.00"),),)
    cursor.execute("deallocate prepare p")
    cursor.execute("update thing set price = price + 1 where price is not null")
    assert cursor.rowcount == 3, cursor.rowcount
    connection.rollback()
    cursor.execute("select sum(price), count(*) from thing")
    assert cursor.fetchall() == ((decimal.Decimal("19.50"), 4),)
    cursor.execute("delete from thing")
    connection.commit()
    try:
        cursor.execute("insert into thing (id, name) values (1, 'a'), (1, 'b')")
        raise AssertionError("no error")
    except driver.IntegrityError as error:
        assert error.args[0] == 1062, error.args
connection.rollback()
connection.close()
print("ok")
