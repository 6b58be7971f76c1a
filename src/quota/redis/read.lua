-- Reads the usage of each window. KEYS: generation, windows. ARGV for each window: limit, length.
local reply = { 1, now_us, '' }
for i = 2, #KEYS do
  local window, at = load(i), (i - 2) * 2
  local limit, length = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  drop_ended(window)
  local reset = math.max(0, window.closed)
  if window.size > 0 then reset = math.max(reset, math.min(slot(window, 0), length)) end
  reply[#reply + 1] = window.size
  reply[#reply + 1] = window.closed > 0 and 0 or math.max(0, limit - window.size)
  reply[#reply + 1] = reset
end
return reply
