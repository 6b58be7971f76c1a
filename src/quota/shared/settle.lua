-- Ends a flight. KEYS: mark, windows. ARGV: known mark, and of each window: length, the end of its slot,
-- what to do: c(omplete), r(elease) or t(hrottled).
local mark = same_server(ARGV[1], '')
if not mark then return { 2 } end
for i = 2, #KEYS do
  local window, at = load(i), 2 + (i - 2) * 3
  local length, ends, what = tonumber(ARGV[at]), tonumber(ARGV[at + 1]) - now, ARGV[at + 2]
  forget_ended(window)
  -- A slot that is not there although its time has not come was forgotten by a reset.
  local counts = remove(window, ends) or ends <= 0
  if counts and what ~= 'r' then insert(window, answered - now + length) end
  if what == 't' then window.closed = math.max(window.closed, answered - now + length) end
  save(window)
end
return { 1, now_us, mark:sub(1, 16) }
