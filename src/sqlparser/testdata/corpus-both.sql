CREATE TABLE sbtest1( id INTEGER NOT NULL AUTO_INCREMENT, k INTEGER DEFAULT '0' NOT NULL, c CHAR(120) DEFAULT '' NOT NULL, pad CHAR(60) DEFAULT '' NOT NULL, PRIMARY KEY (id) ) /*! ENGINE = innodb */
CREATE INDEX k_1 ON sbtest1(k)
INSERT INTO sbtest1(k, c, pad) VALUES(4993, '83868641912-28773972837', '67847967377-48000963322'),(5021, '38014276128-25250245652', '23183251411-36241541236')
SELECT c FROM sbtest1 WHERE id=5013
SELECT c FROM sbtest1 WHERE id=?
SELECT c FROM sbtest1 WHERE id BETWEEN ? AND ?
SELECT SUM(k) FROM sbtest1 WHERE id BETWEEN 4990 AND 5089
SELECT c FROM sbtest1 WHERE id BETWEEN 4990 AND 5089 ORDER BY c
SELECT DISTINCT c FROM sbtest1 WHERE id BETWEEN 4990 AND 5089 ORDER BY c
UPDATE sbtest1 SET k=k+1 WHERE id=?
UPDATE sbtest1 SET c='13241531885-45658403807' WHERE id=5004
DELETE FROM sbtest1 WHERE id=5006
INSERT INTO sbtest1 (id, k, c, pad) VALUES (5006, 4955, '99003487851-35548022116', '97864258017')
SELECT id, k, c, pad FROM sbtest1 WHERE k IN (1,2,3,4,5,6,7,8,9,10)
BEGIN
COMMIT
SELECT @@session.auto_increment_increment AS auto_increment_increment, @@character_set_client AS character_set_client, @@max_allowed_packet AS max_allowed_packet, @@sql_mode AS sql_mode, @@tx_isolation AS tx
SET NAMES utf8mb4 COLLATE utf8mb4_unicode_ci
SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ
SET autocommit=1, sql_mode = concat(@@sql_mode,',STRICT_TRANS_TABLES')
START TRANSACTION READ ONLY
SAVEPOINT `typeorm_1`
RELEASE SAVEPOINT `typeorm_1`
ROLLBACK TO SAVEPOINT `sp 1`
SELECT VERSION() AS `version`
SELECT DATABASE() AS `db_name`
SHOW VARIABLES LIKE 'lower_case_table_names'
SHOW FULL TABLES FROM `app` WHERE Table_type = 'BASE TABLE'
SHOW INDEX FROM `users` FROM `app`
SELECT * FROM `INFORMATION_SCHEMA`.`COLUMNS` WHERE `TABLE_SCHEMA` = 'app' AND `TABLE_NAME` = 'users' UNION SELECT * FROM `INFORMATION_SCHEMA`.`COLUMNS` WHERE `TABLE_SCHEMA` = 'app' AND `TABLE_NAME` = 'posts'
SELECT `kcu`.`COLUMN_NAME`, `rc`.`DELETE_RULE` AS `ON_DELETE` FROM `INFORMATION_SCHEMA`.`KEY_COLUMN_USAGE` `kcu` INNER JOIN `INFORMATION_SCHEMA`.`REFERENTIAL_CONSTRAINTS` `rc` ON `rc`.`CONSTRAINT_SCHEMA` = `kcu`.`TABLE_SCHEMA` AND `rc`.`TABLE_NAME` = `kcu`.`TABLE_NAME` AND `rc`.`CONSTRAINT_NAME` = `kcu`.`CONSTRAINT_NAME`
CREATE TABLE IF NOT EXISTS `Users` (`id` INTEGER NOT NULL auto_increment , `name` VARCHAR(255) NOT NULL, `createdAt` DATETIME NOT NULL, UNIQUE `users_name` (`name`), PRIMARY KEY (`id`)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE utf8mb4_unicode_ci
CREATE TABLE `posts` (`id` varchar(36) NOT NULL, `title` varchar(200) NULL, `createdAt` datetime(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6), `updatedAt` datetime(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6), INDEX `IDX_1` (`title`), FULLTEXT INDEX `IDX_2` (`title`), PRIMARY KEY (`id`)) ENGINE=InnoDB
ALTER TABLE `posts` ADD CONSTRAINT `FK_1` FOREIGN KEY (`authorId`) REFERENCES `users`(`id`) ON DELETE CASCADE ON UPDATE NO ACTION
ALTER TABLE `posts` ADD `state` enum ('draft', 'live') NOT NULL DEFAULT 'draft', DROP COLUMN `old`, CHANGE `a` `b` int UNSIGNED NULL
alter table `accounts` add unique `accounts_email_unique`(`email`)
create table `knex_migrations_lock` (`index` int unsigned not null auto_increment primary key, `is_locked` int)
insert into `knex_migrations_lock` (`is_locked`) values (0)
select `users`.*, count(`posts`.`id`) as `posts_count` from `users` left join `posts` on `posts`.`author_id` = `users`.`id` where (`users`.`active` = true and `users`.`deleted_at` is null) group by `users`.`id` having count(`posts`.`id`) > 3 order by `posts_count` desc limit 10 offset 20
select * from `users` where `id` in (select `user_id` from `memberships` where `team_id` = ?) and exists (select 1 from `teams` where `teams`.`id` = ?) for update
insert into `tags` (`name`, `uses`) values ('a', 1), ('b', default) on duplicate key update `name` = values(`name`), `uses` = `uses` + 1
insert ignore into `tags` (`name`) values (?), (?)
INSERT INTO `Users` (`id`,`name`,`createdAt`,`updatedAt`) VALUES (DEFAULT,?,?,?)
SELECT `User`.`id`, `User`.`name`, `Posts`.`id` AS `Posts.id`, `Posts`.`title` AS `Posts.title` FROM (SELECT `User`.`id`, `User`.`name` FROM `Users` AS `User` WHERE `User`.`name` LIKE 'a%' ORDER BY `User`.`id` ASC LIMIT 0, 5) AS `User` LEFT OUTER JOIN `Posts` AS `Posts` ON `User`.`id` = `Posts`.`userId` ORDER BY `User`.`id` ASC
UPDATE `Users` SET `name`=?,`updatedAt`=? WHERE `id` = ?
DELETE FROM `Users` WHERE `id` IN (1, 2, 3) LIMIT 3
SELECT count(DISTINCT(`User`.`id`)) AS `count` FROM `Users` AS `User`
SELECT `t0`.`id`, `t0`.`email` FROM `app`.`User` AS `t0` WHERE (`t0`.`email` = ? AND 1=1) ORDER BY `t0`.`id` ASC LIMIT ? OFFSET ?
SELECT COUNT(*) FROM (SELECT `app`.`User`.`id` FROM `app`.`User` WHERE 1=1 LIMIT ? OFFSET ?) AS `sub`
INSERT INTO `app`.`User` (`email`,`name`) VALUES (?,?)
SELECT `j`.`id` FROM `app`.`User` AS `j` LEFT JOIN `app`.`Profile` AS `j0` ON (`j0`.`userId`) = (`j`.`id`) WHERE (`j0`.`bio` <> ? AND (`j0`.`userId` IS NOT NULL))
select `users`.`id`, `users`.`name` from `users` inner join `cities` on `users`.`city_id` = `cities`.`id` where (`cities`.`name` like ? or lower(`users`.`name`) = ?) limit ?
SELECT `T1`.`id` FROM `auth_user` `T1` WHERE (`T1`.`is_active` AND NOT (`T1`.`id` IN (SELECT `U0`.`user_id` FROM `auth_group` `U0`)) AND `T1`.`joined` >= '2024-01-01 00:00:00') ORDER BY `T1`.`id` DESC LIMIT 21
SELECT (1) AS `a` FROM `django_session` WHERE `django_session`.`session_key` = 'x' LIMIT 1
SELECT users.id AS users_id, users.name AS users_name, anon_1.total FROM users LEFT OUTER JOIN (SELECT orders.user_id AS user_id, sum(orders.price) AS total FROM orders GROUP BY orders.user_id) AS anon_1 ON anon_1.user_id = users.id WHERE users.name IS NOT NULL ORDER BY users.id
SELECT CAST('test plain returns' AS CHAR(60)) AS anon_1
select @@version_comment limit 1
