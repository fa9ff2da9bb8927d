// Go's driver: go run go_client.go host port ca, as text and prepared. ca is empty without TLS.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"errors"
	"fmt"
	"os"

	"github.com/go-sql-driver/mysql"
)

func no(err error) {
	if err != nil {
		panic(err)
	}
}

func must[T comparable](is, wanted T) {
	if is != wanted {
		panic(fmt.Sprintf("%v, not %v", is, wanted))
	}
}

func main() {
	host, port, ca := os.Args[1], os.Args[2], os.Args[3]
	secure := "false"
	if ca != "" {
		pem, err := os.ReadFile(ca)
		no(err)
		pool := x509.NewCertPool()
		must(pool.AppendCertsFromPEM(pem), true)
		no(mysql.RegisterTLSConfig("ours", &tls.Config{RootCAs: pool, ServerName: "localhost"}))
		secure = "ours"
	}
	for _, interpolates := range []bool{true, false} {
		run(fmt.Sprintf("app@tcp(%s:%s)/customer?interpolateParams=%v&tls=%s", host, port, interpolates, secure))
	}
	fmt.Println("ok")
}

func run(place string) {
	db, err := sql.Open("mysql", place)
	no(err)
	defer db.Close()
	var first int64
	for i, name := range []string{"né 💡", "b", "c", "d"} {
		done, err := db.Exec("insert into thing (name, price) values (?, ?)", name, "12.50")
		no(err)
		if i == 0 {
			first, err = done.LastInsertId()
			no(err)
		}
	}
	byID, err := db.Prepare("select name, price from thing where id = ?")
	no(err)
	for i := 0; i < 3; i++ {
		var name, price string
		no(byID.QueryRow(first).Scan(&name, &price))
		must(name, "né 💡")
		must(price, "12.50")
	}
	no(byID.Close())
	transaction, err := db.Begin()
	no(err)
	done, err := transaction.Exec("update thing set price = null where name < ?", "d")
	no(err)
	changed, err := done.RowsAffected()
	no(err)
	must(changed, 2)
	no(transaction.Rollback())
	var count int
	no(db.QueryRow("select count(*) from thing where price is null").Scan(&count))
	must(count, 0)
	rows, err := db.Query("select name from thing order by name limit ?", 2)
	no(err)
	var names string
	for rows.Next() {
		var name string
		no(rows.Scan(&name))
		names += name
	}
	no(rows.Err())
	must(names, "bc")
	_, err = db.Exec("delete from thing")
	no(err)
	_, err = db.Exec("insert into thing (id, name) values (1, 'a'), (1, 'b')")
	var failed *mysql.MySQLError
	must(errors.As(err, &failed), true)
	must(failed.Number, 1062)
}
