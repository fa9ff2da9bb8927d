# DBD::mysql: perl dbd_client.pl host port ca, as text and prepared. ca is empty without TLS.
use strict;
use warnings;
use utf8;
use DBI;

my ($host, $port, $ca) = @ARGV;
sub must { my ($is, $wanted) = @_; die "$is, not $wanted" unless $is eq $wanted; }

for my $prepared (0, 1) {
    my $tls = $ca eq '' ? 'mysql_ssl=0' : "mysql_ssl=1;mysql_ssl_ca_file=$ca";
    my $db = DBI->connect("DBI:mysql:host=$host;port=$port;database=customer;mysql_server_prepare=$prepared;$tls", 'app', '',
        { RaiseError => 1, PrintError => 0, AutoCommit => 1, mysql_enable_utf8mb4 => 1 });
    my $insert = $db->prepare('insert into thing (name, price) values (?, ?)');
    $insert->execute('né 💡', '12.50');
    my $first = $db->last_insert_id(undef, undef, 'thing', 'id');
    die 'no id' unless $first > 0;
    $insert->execute($_, undef) for 'b', 'c', 'd';
    my $by_id = $db->prepare('select name, price from thing where id = ?');
    for (1 .. 3) {
        $by_id->execute($first);
        my ($name, $price) = $by_id->fetchrow_array;
        must($name, 'né 💡');
        must($price, '12.50');
        $by_id->finish;
    }
    my $names = $db->selectcol_arrayref('select name from thing where name < ? order by name', undef, 'd');
    must(join(',', @$names), 'b,c');
    $db->begin_work;
    must($db->do('update thing set price = ? where price is null', undef, 1), 3);
    $db->rollback;
    must($db->selectrow_array('select count(*) from thing where price is null'), 3);
    $db->begin_work;
    must($db->do('delete from thing'), 4);
    $db->commit;
    eval { $db->do("insert into thing (id, name) values (1, 'a'), (1, 'b')") };
    must($db->err, 1062);
    $db->disconnect;
}
print "ok\n";
