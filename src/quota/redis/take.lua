-- Takes a slot in every window, or in none. KEYS: generation, windows. ARGV: known generation, proposed generation, longest time
-- in flight, and for each window: limit, length, first warning, second warning, rearm_below.
local generation = same_generation(ARGV[1], ARGV[2])
if not generation then return { 2 } end
local pause = paused_until(generation) - now
if pause > 0 then return { 3, now_us, generation:sub(1, 16), pause } end
local hold, windows, longest, blocked = tonumber(ARGV[3]), {}, -1, 0
for i = 2, #KEYS do
  local window, at = load(i), 4 + (i - 2) * 5
  window.limit, window.length = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  window.warn = { tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3]) }
  window.rearm_below = tonumber(ARGV[at + 4])
  drop_ended(window)
  local earliest = math.max(0, window.closed)
  if window.size >= window.limit then
    -- A request in flight is answered now at the earliest.
    earliest = math.max(earliest, math.min(slot(window, window.size - window.limit), window.length))
  end
  if earliest > 0 and earliest > longest then longest, blocked = earliest, i - 2 end
  windows[i - 1] = window
end
if longest > 0 then return { 0, now_us, generation:sub(1, 16), blocked, longest } end
local reply = { 1, now_us, generation:sub(1, 16) }
for i, window in ipairs(windows) do
  -- Each slot has a unique end, which identifies it.
  local ends = hold + window.length
  if window.size > 0 then ends = math.max(ends, slot(window, window.size - 1) + 1) end
  insert(window, ends)
  local level = window.size >= window.warn[2] and 2 or window.size >= window.warn[1] and 1 or 0
  if window.size <= window.rearm_below then window.warned = 0 end
  local rises = level > window.warned
  if rises then window.warned = level end
  save(window)
  reply[#reply + 1] = now + ends
  reply[#reply + 1] = window.size
  reply[#reply + 1] = rises and level or 0
end
return reply
