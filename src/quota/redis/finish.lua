-- Reports the outcome of a request. KEYS: generation, windows. ARGV: known generation, and for each window: length, the end of
-- its slot, and the outcome: c(omplete), r(elease) or t(hrottled).
local generation = same_generation(ARGV[1], '')
if not generation then return { 2 } end
for i = 2, #KEYS do
  local window, at = load(i), 2 + (i - 2) * 3
  local length, ends, outcome = tonumber(ARGV[at]), tonumber(ARGV[at + 1]) - now, ARGV[at + 2]
  drop_ended(window)
  -- A slot that is missing before its end was removed by a reset.
  local counts = remove(window, ends) or ends <= 0
  if counts and outcome ~= 'r' then insert(window, answered - now + length) end
  if outcome == 't' then window.closed = math.max(window.closed, answered - now + length) end
  save(window)
end
return { 1, now_us, generation:sub(1, 16) }
