-- TPC-C's three commonest transactions in small: new order, payment, order status. All tables are by warehouse; one line in
-- ten and one payment in seven is of another warehouse. Prices stand in stock. Not TPC-C: no think times, no audit.
sysbench.cmdline.options = {
  warehouses = {"Warehouses", 4},
  items = {"Items of each", 500},
}

local districts, customers = 10, 30
local tables = {
  "warehouse (w_id int primary key, w_tax decimal(4, 4), w_ytd decimal(12, 2))",
  "district (d_w_id int, d_id int, d_tax decimal(4, 4), d_ytd decimal(12, 2), d_next_o_id int, primary key (d_w_id, d_id))",
  "customer (c_w_id int, c_d_id int, c_id int, c_name varchar(20), c_balance decimal(12, 2), primary key (c_w_id, c_d_id, c_id))",
  "stock (s_w_id int, s_i_id int, s_price decimal(5, 2), s_quantity int, primary key (s_w_id, s_i_id))",
  "orders (o_w_id int, o_d_id int, o_id int, o_c_id int, o_lines int, primary key (o_w_id, o_d_id, o_id), key (o_w_id, o_d_id, o_c_id))",
  "order_line (ol_w_id int, ol_d_id int, ol_o_id int, ol_number int, ol_i_id int, ol_amount decimal(6, 2), primary key (ol_w_id, ol_d_id, ol_o_id, ol_number))",
  "history (h_w_id int, h_d_id int, h_c_id int, h_amount decimal(6, 2), key (h_w_id))",
}

local function insert(con, head, rows)
  con:bulk_insert_init("INSERT INTO " .. head .. " VALUES")
  for _, row in ipairs(rows) do con:bulk_insert_next("(" .. row .. ")") end
  con:bulk_insert_done()
end

function prepare()
  local con = sysbench.sql.driver():connect()
  for _, one in ipairs(tables) do con:query("CREATE TABLE " .. one) end
  for w = 1, sysbench.opt.warehouses do
    con:query(string.format("INSERT INTO warehouse (w_id, w_tax, w_ytd) VALUES (%d, 0.1, 0)", w))
    local d_rows, c_rows, s_rows = {}, {}, {}
    for d = 1, districts do
      d_rows[#d_rows + 1] = string.format("%d, %d, 0.1, 0, 1", w, d)
      for c = 1, customers do c_rows[#c_rows + 1] = string.format("%d, %d, %d, 'customer %d', 0", w, d, c, c) end
    end
    for i = 1, sysbench.opt.items do s_rows[#s_rows + 1] = string.format("%d, %d, %d.50, 100", w, i, i % 90) end
    insert(con, "district (d_w_id, d_id, d_tax, d_ytd, d_next_o_id)", d_rows)
    insert(con, "customer (c_w_id, c_d_id, c_id, c_name, c_balance)", c_rows)
    insert(con, "stock (s_w_id, s_i_id, s_price, s_quantity)", s_rows)
  end
end

function thread_init()
  con = sysbench.sql.driver():connect()
end

function thread_done()
  con:disconnect()
end

local function any(n) return sysbench.rand.uniform(1, n) end
local function run(...) return con:query(string.format(...)) end
local function one(...) return con:query_row(string.format(...)) end

local function new_order(w, d)
  local lines = sysbench.rand.uniform(5, 15)
  one("SELECT w_tax FROM warehouse WHERE w_id = %d", w)
  local o = one("SELECT d_next_o_id FROM district WHERE d_w_id = %d AND d_id = %d FOR UPDATE", w, d)
  run("UPDATE district SET d_next_o_id = d_next_o_id + 1 WHERE d_w_id = %d AND d_id = %d", w, d)
  run("INSERT INTO orders (o_w_id, o_d_id, o_id, o_c_id, o_lines) VALUES (%d, %d, %s, %d, %d)", w, d, o, any(customers), lines)
  local first = any(sysbench.opt.items)
  local picked = {}
  for n = 1, lines do picked[n] = (first + n * 7) % sysbench.opt.items + 1 end
  table.sort(picked) -- Locks are taken in one order.
  for n, i in ipairs(picked) do
    local from = any(10) == 1 and any(sysbench.opt.warehouses) or w
    local price = one("SELECT s_price FROM stock WHERE s_w_id = %d AND s_i_id = %d", from, i)
    run("UPDATE stock SET s_quantity = s_quantity - 1 WHERE s_w_id = %d AND s_i_id = %d", from, i)
    run("INSERT INTO order_line (ol_w_id, ol_d_id, ol_o_id, ol_number, ol_i_id, ol_amount) VALUES (%d, %d, %s, %d, %d, %s)", w, d, o, n, i, price)
  end
end

local function payment(w, d)
  local of = any(7) == 1 and any(sysbench.opt.warehouses) or w
  local c = any(customers)
  run("UPDATE warehouse SET w_ytd = w_ytd + 5 WHERE w_id = %d", w)
  run("UPDATE district SET d_ytd = d_ytd + 5 WHERE d_w_id = %d AND d_id = %d", w, d)
  run("UPDATE customer SET c_balance = c_balance - 5 WHERE c_w_id = %d AND c_d_id = %d AND c_id = %d", of, d, c)
  run("INSERT INTO history (h_w_id, h_d_id, h_c_id, h_amount) VALUES (%d, %d, %d, 5)", w, d, c)
end

local function order_status(w, d)
  local c = any(customers)
  one("SELECT c_name, c_balance FROM customer WHERE c_w_id = %d AND c_d_id = %d AND c_id = %d", w, d, c)
  local rows = run("SELECT o_id FROM orders WHERE o_w_id = %d AND o_d_id = %d AND o_c_id = %d ORDER BY o_id DESC LIMIT 1", w, d, c)
  if rows.nrows == 0 then return end
  local o = unpack(rows:fetch_row(), 1, rows.nfields)
  run("SELECT ol_i_id, ol_amount FROM order_line WHERE ol_w_id = %d AND ol_d_id = %d AND ol_o_id = %s", w, d, o)
end

function event()
  local w, d, dice = any(sysbench.opt.warehouses), any(districts), any(100)
  con:query("BEGIN")
  if dice <= 45 then new_order(w, d) elseif dice <= 88 then payment(w, d) else order_status(w, d) end
  con:query("COMMIT")
end

-- Deadlocks and lock waits are part of it: the transaction begins anew.
function sysbench.hooks.sql_error_ignorable(err)
  if err.sql_errno ~= 1213 and err.sql_errno ~= 1205 then return false end
  con:query("ROLLBACK")
  return true
end
