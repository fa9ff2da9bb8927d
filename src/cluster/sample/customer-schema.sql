create table if not exists customer (
  customer_id bigint primary key,
  email varchar(128) not null
);
create table if not exists corder (
  order_id bigint primary key,
  customer_id bigint not null,
  sku varchar(64) not null,
  price bigint not null,
  key by_customer (customer_id)
);
