// MariaDB Connector/J: java -cp jar connector_client.java host port ca, as text and prepared. ca is empty without TLS.
import java.math.BigDecimal;
import java.sql.*;

class connector_client {
  static void must(Object is, Object wanted) {
    if (!is.equals(wanted)) throw new AssertionError(is + ", not " + wanted);
  }

  public static void main(String[] args) throws Exception {
    String tls = args[2].isEmpty() ? "sslMode=disable" : "sslMode=verify-ca&serverSslCert=" + args[2];
    for (boolean prepares : new boolean[] {false, true}) {
      String url = "jdbc:mariadb://" + args[0] + ":" + args[1] + "/customer?user=app&useServerPrepStmts=" + prepares + "&" + tls;
      try (Connection db = DriverManager.getConnection(url)) {
        run(db);
      }
    }
    System.out.println("ok");
  }

  static void run(Connection db) throws SQLException {
    long first = 0;
    try (PreparedStatement insert = db.prepareStatement("insert into thing (name, price) values (?, ?)", Statement.RETURN_GENERATED_KEYS)) {
      for (String name : new String[] {"né 💡", "b", "c", "d"}) {
        insert.setString(1, name);
        insert.setBigDecimal(2, new BigDecimal("12.50"));
        must(insert.executeUpdate(), 1);
        try (ResultSet keys = insert.getGeneratedKeys()) {
          keys.next();
          if (first == 0) first = keys.getLong(1);
        }
      }
      for (int i = 0; i < 10; i++) {
        insert.setString(1, "batch");
        insert.setNull(2, Types.DECIMAL);
        insert.addBatch();
      }
      must(insert.executeBatch().length, 10);
    }
    try (PreparedStatement byId = db.prepareStatement("select name, price from thing where id = ?")) {
      for (int i = 0; i < 3; i++) {
        byId.setLong(1, first);
        try (ResultSet rows = byId.executeQuery()) {
          must(rows.next(), true);
          must(rows.getString(1), "né 💡");
          must(rows.getBigDecimal("price"), new BigDecimal("12.50"));
        }
      }
    }
    db.setAutoCommit(false);
    try (Statement statement = db.createStatement()) {
      must(statement.executeUpdate("update thing set price = 1 where price is null"), 10);
      db.rollback();
      try (ResultSet rows = statement.executeQuery("select count(*), max(name) from thing where price is null")) {
        rows.next();
        must(rows.getInt(1), 10);
        must(rows.getString(2), "batch");
      }
      must(statement.executeUpdate("delete from thing"), 14);
      db.commit();
      try {
        statement.executeUpdate("insert into thing (id, name) values (1, 'a'), (1, 'b')");
        throw new AssertionError("no error");
      } catch (SQLException error) {
        must(error.getErrorCode(), 1062);
      }
      db.rollback();
    }
  }
}
