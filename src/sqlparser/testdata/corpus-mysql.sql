INSERT INTO `tags` (`name`, `uses`) VALUES ('a', 1) AS `new` ON DUPLICATE KEY UPDATE `uses` = `new`.`uses` + 1
WITH RECURSIVE `tree` (`id`, `depth`) AS (SELECT `id`, 0 FROM `nodes` WHERE `parent_id` IS NULL UNION ALL SELECT `n`.`id`, `depth` + 1 FROM `nodes` `n` JOIN `tree` ON `n`.`parent_id` = `tree`.`id`) SELECT * FROM `tree`
select `users`.`id`, `posts`.`data` from `users` left join lateral (select json_arrayagg(json_array(`p`.`id`, `p`.`title`)) as `data` from (select * from `posts` where `posts`.`author_id` = `users`.`id`) `p`) `posts` on true
SELECT `id`, ROW_NUMBER() OVER (PARTITION BY `author_id` ORDER BY `id` DESC) AS `rn` FROM `posts` FOR UPDATE OF `posts` SKIP LOCKED
ALTER TABLE `posts` ADD INDEX `lower_title` ((lower(`title`))), ALGORITHM=INPLACE, LOCK=NONE
SELECT `meta`->>'$.tags[0]' FROM `posts` WHERE JSON_CONTAINS(`meta`, CAST('"a"' AS JSON), '$.tags')
select a, b, sum(c), grouping(a) from t group by grouping sets ((a), (b, a + 1), ()) having sum(c) > 1 order by 1
select a, sum(c) from t group by rollup (a, b)
select a, sum(c) from t group by cube (a, b) order by a
select a, row_number() over w r from t window w as (order by a) qualify r = 1 order by a limit 1
select 1 intersect all select 2 except select 3 union (select 4 intersect select 5)
select * from t as x tablesample bernoulli (10) where a = 1
insert into t values (1, 2) as new (x, y) on duplicate key update a = x + y
insert into t set a = 1 as new on duplicate key update a = new.a
explain format = json into @x for schema s select 1
explain analyze format = json into @x update t set a = 1
select vector_dim(e), to_vector('[1,2]'), vector_to_string(e), distance(e, e, 'COSINE') from t
select `json_duality_object`('a'), json_duality_object ('b')
show library status where name = 'a'
show create library s.l
