<?php
// mysqlnd through mysqli and PDO: php mysqlnd_client.php host port ca, as text and prepared. ca is empty without TLS.
[, $host, $port, $ca] = $argv;
mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);

function must(mixed $is, mixed $wanted): void {
    if ($is !== $wanted) throw new Exception(var_export($is, true) . ', not ' . var_export($wanted, true));
}

$db = mysqli_init();
if ($ca !== '') $db->ssl_set(null, null, $ca, null, null);
$db->real_connect($host, 'app', '', 'customer', (int) $port, null, $ca === '' ? 0 : MYSQLI_CLIENT_SSL);
$db->set_charset('utf8mb4');
$insert = $db->prepare('insert into thing (name, price) values (?, ?)');
foreach ([['né 💡', '12.50'], ['b', null], ['c', '3'], ['d', '4']] as [$name, $price]) {
    $insert->bind_param('ss', $name, $price);
    $insert->execute();
    must($insert->insert_id > 0, true);
}
$byName = $db->prepare('select name, price, id from thing where name = ?');
$byName->execute(['né 💡']);
$found = $byName->get_result()->fetch_assoc();
must($found['price'], '12.50');
must(is_int($found['id']), true);
must(array_column($db->query('select name from thing order by name limit 2')->fetch_all(MYSQLI_ASSOC), 'name'), ['b', 'c']);
$db->begin_transaction();
$db->query('update thing set price = 1');
must($db->affected_rows, 4);
$db->rollback();
must($db->query('select sum(price) from thing')->fetch_row(), ['19.50']);
$streamed = $db->query('select id from thing', MYSQLI_USE_RESULT);
must(count($streamed->fetch_all()), 4);
$streamed->free();
$db->close();

foreach ([true, false] as $emulates) {
    $options = [PDO::ATTR_EMULATE_PREPARES => $emulates, PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION];
    if ($ca !== '') $options += [PDO::MYSQL_ATTR_SSL_CA => $ca];
    $pdo = new PDO("mysql:host=$host;port=$port;dbname=customer;charset=utf8mb4", 'app', '', $options);
    $byName = $pdo->prepare('select name, price from thing where name = :name');
    $byName->execute(['name' => 'né 💡']);
    must($byName->fetch(PDO::FETCH_ASSOC), ['name' => 'né 💡', 'price' => '12.50']);
    $pdo->beginTransaction();
    $pdo->prepare('delete from thing where name <> ?')->execute(['x']);
    must((int) $pdo->query('select count(*) from thing')->fetchColumn(), 0);
    $emulates ? $pdo->rollBack() : $pdo->commit();
    try {
        $pdo->exec("insert into thing (id, name) values (1, 'a'), (1, 'b')");
        throw new Exception('no error');
    } catch (PDOException $error) {
        must($error->errorInfo[1], 1062);
    }
}
echo "ok\n";
