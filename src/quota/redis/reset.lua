-- Empties windows. KEYS: generation, windows.
for i = 2, #KEYS do redis.call('DEL', KEYS[i]) end
return { 1, now_us, '' }
