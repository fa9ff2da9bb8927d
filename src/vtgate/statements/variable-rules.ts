/**
 * What SET does with each system variable (inventory 4.015–4.020). A variable that is in no list goes to the servers:
 * they know best.
 *
 * own: the gateway's. charset: what session-charset.ts keeps. ignored: accepted without effect. equal: decided by the
 * servers' configuration, and accepted where it is what they have; another value has no effect, or is refused where it
 * would mean much. refused: would mean something else over many servers. passed: sent to them.
 */
export type VariableRule = "own" | "charset" | "ignored" | "equal" | "read-only" | "refused" | "passed";

const lists: Readonly<Record<Exclude<VariableRule, "passed">, string>> = {
  own: `autocommit client_found_rows completion_type skip_query_plan_cache tx_read_only transaction_read_only sql_select_limit
    transaction_mode ddl_strategy workload session_uuid migration_context enable_system_settings
    read_after_write_gtid read_after_write_timeout session_track_gtids query_timeout transaction_timeout
    transaction_isolation tx_isolation last_insert_id identity`,
  charset: "character_set_client character_set_connection character_set_results collation_connection",
  ignored: `big_tables bulk_insert_buffer_size debug default_storage_engine default_tmp_storage_engine
    innodb_strict_mode innodb_support_xa innodb_table_locks innodb_tmpdir join_buffer_size keep_files_on_create
    lc_messages long_query_time low_priority_updates max_delayed_threads max_insert_delayed_threads multi_range_count
    net_buffer_length new query_cache_type query_cache_wlock_invalidate query_prealloc_size sql_buffer_result
    transaction_alloc_block_size wait_timeout`,
  equal: `binlog_format character_set_database character_set_filesystem character_set_server collation_database
    collation_server interactive_timeout max_allowed_packet max_user_connections net_read_timeout
    net_retry_count net_write_timeout session_track_schema session_track_state_change
    session_track_system_variables session_track_transaction_info sql_auto_is_null version_tokens_session`,
  "read-only": "socket version version_comment",
  refused: `audit_log_read_buffer_size auto_increment_increment auto_increment_offset
    binlog_direct_non_transactional_updates binlog_row_image binlog_rows_query_log_events gtid_domain_id gtid_next
    gtid_seq_no innodb_ft_enable_stopword innodb_ft_user_stopword_table insert_id max_points_in_geometry
    max_sp_recursion_depth myisam_repair_threads myisam_sort_buffer_size myisam_stats_method old_alter_table
    preload_buffer_size pseudo_thread_id rand_seed1 rand_seed2 rbr_exec_mode server_id sql_log_bin sql_log_off
    transaction_write_set_extraction`,
};

/** Statements would do something else than their client believes. */
export const meansMuch: ReadonlySet<string> = new Set(["binlog_format", "sql_auto_is_null"]);

const rules: ReadonlyMap<string, VariableRule> = new Map(
  Object.entries(lists).flatMap(([rule, names]) =>
    names.split(/\s+/).map((name): [string, VariableRule] => [name, rule as VariableRule]),
  ),
);

export function variableRule(name: string): VariableRule {
  if (/^(ndb|thread_pool_)/.test(name)) return "refused";
  return rules.get(name) ?? "passed";
}
