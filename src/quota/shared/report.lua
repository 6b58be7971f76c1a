-- Counts what was answered before. KEYS: mark, windows. ARGV: known mark, proposed mark, for how long to let nothing
-- through when this is another server than the known one, and of each window: the time left of each slot, packed.
local mark, known = there[1], ARGV[1]
if not mark or (known ~= '' and mark:sub(1, 16) ~= known) then
  local quiet = mark and quiet_until(mark) or 0
  if known ~= '' then quiet = math.max(quiet, now + tonumber(ARGV[3])) end
  mark = write_mark(mark and mark:sub(1, 16) or ARGV[2], quiet)
end
for i = 2, #KEYS do
  local window, left = load(i), ARGV[i + 2]
  forget_ended(window)
  for at = 1, #left, 4 do insert(window, (struct.unpack('<I4', left, at))) end
  save(window)
end
return { 1, now_us, mark:sub(1, 16) }
