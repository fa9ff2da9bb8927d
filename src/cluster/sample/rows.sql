insert into commerce.customer_seq (id, next_id, cache) values (0, 1, 100);
insert into commerce.order_seq (id, next_id, cache) values (0, 1, 100);
insert into commerce.product (sku, description, price) values ('SKU-1001', 'Monitor', 100), ('SKU-1002', 'Keyboard', 30), ('SKU-1003', 'Desk lamp', 45);
insert into customer.customer (email) values ('alice@domain.com'), ('bob@domain.com'), ('charlie@domain.com'), ('dan@domain.com'), ('eve@domain.com');
insert into customer.corder (customer_id, sku, price) values (1, 'SKU-1001', 100), (2, 'SKU-1002', 30), (3, 'SKU-1002', 30), (4, 'SKU-1003', 45), (5, 'SKU-1001', 100);
