create table if not exists product (
  sku varchar(64) primary key,
  description varchar(255) not null,
  price bigint not null
);
create table if not exists customer_seq (id int primary key, next_id bigint, cache bigint) comment 'vitess_sequence';
create table if not exists order_seq (id int primary key, next_id bigint, cache bigint) comment 'vitess_sequence';
