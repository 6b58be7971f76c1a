-- Counts requests that were answered earlier. KEYS: generation, windows. ARGV: known generation, proposed generation, the pause
-- to set when the stored generation is not the known one, and for each window: the time left of each slot, packed.
local generation, known = stored[1], ARGV[1]
if not generation or (known ~= '' and generation:sub(1, 16) ~= known) then
  local pause = generation and paused_until(generation) or 0
  if known ~= '' then pause = math.max(pause, now + tonumber(ARGV[3])) end
  generation = write_generation(generation and generation:sub(1, 16) or ARGV[2], pause)
end
for i = 2, #KEYS do
  local window, left = load(i), ARGV[i + 2]
  drop_ended(window)
  for at = 1, #left, 4 do insert(window, (struct.unpack('<I4', left, at))) end
  save(window)
end
return { 1, now_us, generation:sub(1, 16) }
