-- Reads that no vindex narrows: every shard is asked, and the gateway merges their order.
require("oltp_common")

function prepare_statements()
end

function event()
  local k = sysbench.rand.uniform(1, sysbench.opt.table_size)
  con:query(string.format("SELECT id, c FROM sbtest1 WHERE k BETWEEN %d AND %d ORDER BY k, id LIMIT 10", k, k + 20))
end
