-- Reads and writes the windows of a request in one atomic step. A window is one string: the time until which it is closed
-- (4 bytes, 0 for open), the warning level (1 byte), and the end of each occupied slot in ascending order, 4 bytes each. Times are
-- milliseconds of this server's clock modulo 2^32. All times in one window lie within two days.
local HEAD, WRAP, HALF = 5, 4294967296, 2147483648
local GENERATION_MS, GENERATION_RENEW_MS = 259200000, 86400000

local time = redis.call('TIME')
local now_us = time[1] * 1000000 + time[2]
-- Rounds sendings down and answers up, so that no slot is free early.
local now = math.floor(now_us / 1000)
local answered = math.ceil(now_us / 1000)

local function apart(wrapped)
  local distance = (wrapped - now) % WRAP
  if distance >= HALF then distance = distance - WRAP end
  return distance
end

-- Reads everything in one command, since a command takes longer than the work on its reply.
local stored = redis.call('MGET', unpack(KEYS))

local function load(i)
  local key, value = KEYS[i], stored[i]
  if not value then return { key = key, closed = 0, warned = 0, slots = '', size = 0 } end
  local closed, warned = struct.unpack('<I4B', value)
  local window = { key = key, warned = warned, slots = value:sub(HEAD + 1) }
  window.closed = closed == 0 and 0 or apart(closed)
  window.size = #window.slots / 4
  return window
end

-- Returns the end of the nth slot, counted from 0, relative to now.
local function slot(window, nth)
  return apart((struct.unpack('<I4', window.slots, nth * 4 + 1)))
end

-- Returns the number of slots that end before `distance`.
local function before(window, distance)
  local low, high = 0, window.size
  if high == 0 or slot(window, high - 1) < distance then return high end
  while low < high do
    local middle = math.floor((low + high) / 2)
    if slot(window, middle) < distance then low = middle + 1 else high = middle end
  end
  return low
end

local function drop_ended(window)
  if window.size == 0 or slot(window, 0) > 0 then return end
  local ended = before(window, 1)
  window.slots = window.slots:sub(ended * 4 + 1)
  window.size = window.size - ended
end

local function insert(window, distance)
  local at = before(window, distance + 1) * 4
  local packed = struct.pack('<I4', (now + distance) % WRAP)
  window.slots = window.slots:sub(1, at) .. packed .. window.slots:sub(at + 1)
  window.size = window.size + 1
end

-- Frees the slot that ends at `distance`; returns false when there is none.
local function remove(window, distance)
  local at = before(window, distance)
  if at == window.size or slot(window, at) ~= distance then return false end
  window.slots = window.slots:sub(1, at * 4) .. window.slots:sub(at * 4 + 5)
  window.size = window.size - 1
  return true
end

-- Writes the window. Redis deletes it when its last slot has ended.
local function save(window)
  local last = window.size > 0 and slot(window, window.size - 1) or 0
  last = math.max(last, window.closed)
  if last <= 0 then return redis.call('DEL', window.key) end
  local closed = 0
  if window.closed > 0 then closed = math.max(1, (now + window.closed) % WRAP) end
  redis.call('SET', window.key, struct.pack('<I4B', closed, window.warned) .. window.slots, 'PX', last)
end

-- The generation identifies the counts: a server that restarted empty has another one. The value is 16 characters, the end of
-- the pause, and the time of the next renewal, each of 13 digits.
local function write_generation(name, pause)
  local generation = name .. string.format('%013.0f%013.0f', pause, now + GENERATION_RENEW_MS)
  redis.call('SET', KEYS[1], generation, 'PX', GENERATION_MS)
  return generation
end

local function paused_until(generation) return tonumber(generation:sub(17, 29)) end

local function same_generation(known, proposed)
  local generation = stored[1]
  if not generation then
    if known ~= '' then return nil end
    return write_generation(proposed, 0)
  elseif known ~= '' and generation:sub(1, 16) ~= known then
    return nil
  elseif tonumber(generation:sub(30)) < now then
    return write_generation(generation:sub(1, 16), paused_until(generation))
  end
  return generation
end
