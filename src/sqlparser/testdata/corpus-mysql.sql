INSERT INTO `tags` (`name`, `uses`) VALUES ('a', 1) AS `new` ON DUPLICATE KEY UPDATE `uses` = `new`.`uses` + 1
WITH RECURSIVE `tree` (`id`, `depth`) AS (SELECT `id`, 0 FROM `nodes` WHERE `parent_id` IS NULL UNION ALL SELECT `n`.`id`, `depth` + 1 FROM `nodes` `n` JOIN `tree` ON `n`.`parent_id` = `tree`.`id`) SELECT * FROM `tree`
select `users`.`id`, `posts`.`data` from `users` left join lateral (select json_arrayagg(json_array(`p`.`id`, `p`.`title`)) as `data` from (select * from `posts` where `posts`.`author_id` = `users`.`id`) `p`) `posts` on true
SELECT `id`, ROW_NUMBER() OVER (PARTITION BY `author_id` ORDER BY `id` DESC) AS `rn` FROM `posts` FOR UPDATE OF `posts` SKIP LOCKED
ALTER TABLE `posts` ADD INDEX `lower_title` ((lower(`title`))), ALGORITHM=INPLACE, LOCK=NONE
SELECT `meta`->>'$.tags[0]' FROM `posts` WHERE JSON_CONTAINS(`meta`, CAST('"a"' AS JSON), '$.tags')
