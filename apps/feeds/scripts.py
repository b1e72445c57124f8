"""What Valkey does in one step: the Lua scripts of the timelines.

A timeline has four keys. `entries`: a sorted set of `kind:actor:object`, scored by microseconds
since 1970. `fences`: for each author the highest fence that wrote. `epoch`: `building:F` or
`ready:F`; without it the timeline is cold, that is flushed, expired or never built. `floor`: the
score and the entry of the highest that was cut off; above it a ready timeline is complete.
"""

KEPT = 800
"""How many entries a timeline holds."""

KEEP_SECONDS = 30 * 86_400
"""How long a timeline is kept for a member who does not read it."""

BUILD_SECONDS = 30
"""How long a rebuild may take before others take the timeline for cold again."""

APPLY = """
local entries, fences, epoch, floor = unpack(KEYS)
local fence, author, whole, kept, keep = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local held = redis.call('GET', epoch)
if not held then return 1 end
local state, base = string.match(held, '^(%a+):(%d+)$')
if tonumber(fence) < tonumber(redis.call('HGET', fences, author) or base) then return 0 end
redis.call('HSET', fences, author, fence)
redis.call('EXPIRE', fences, keep + 60, 'NX')
if state == 'building' then return 1 end
if whole == '1' then
    for _, entry in ipairs(redis.call('ZRANGE', entries, 0, -1)) do
        if string.match(entry, '^%a+:(%d+):') == author then redis.call('ZREM', entries, entry) end
    end
end
for i = 6, #ARGV, 2 do
    if ARGV[i] == '' then redis.call('ZREM', entries, ARGV[i + 1])
    else redis.call('ZADD', entries, ARGV[i], ARGV[i + 1]) end
end
local bottom = redis.call('GET', floor)
if bottom then
    local score, entry = string.match(bottom, '^(%d+) (.+)$')
    local mark = entry .. string.char(0)
    redis.call('ZADD', entries, score, mark)
    redis.call('ZREMRANGEBYRANK', entries, 0, redis.call('ZRANK', entries, mark))
end
local over = redis.call('ZCARD', entries) - kept
if over > 0 then
    local highest = redis.call('ZRANGE', entries, over - 1, over - 1, 'WITHSCORES')
    bottom = highest[2] .. ' ' .. highest[1]
    redis.call('ZREMRANGEBYRANK', entries, 0, over - 1)
    redis.call('SET', floor, bottom, 'EX', keep + 60)
end
if whole == '1' and bottom and redis.call('ZCARD', entries) < kept / 4 then
    redis.call('DEL', entries, fences, epoch, floor)
end
redis.call('EXPIRE', entries, keep + 60, 'NX')
return 1
"""
"""Bring one author's news into one timeline; 0 when a higher fence was there.

An equal fence is the same delivery going on. While a rebuild is under way the fence alone is
noted: it makes the rebuild read again. What lies at the floor or below is cut by a mark that
sorts right after the floor's entry: the sorted set compares bytes, Lua would use a locale. A
timeline that an author's leaving has nearly emptied, and that had been cut, goes cold: its next
rebuild fills it from below the cut.
"""

READ = """
local entries, fences, epoch, floor, cold = unpack(KEYS)
local user, top, count, keep = unpack(ARGV)
local held = redis.call('GET', epoch)
if not held then
    redis.call('SADD', cold, user)
    return {}
end
if string.sub(held, 1, 6) ~= 'ready:' then return {} end
if redis.call('TTL', epoch) < keep - 86400 then
    redis.call('EXPIRE', epoch, keep)
    for _, key in ipairs({entries, fences, floor}) do redis.call('EXPIRE', key, keep + 60) end
end
local ties, below = {}, '+inf'
if top ~= '' then
    ties = redis.call('ZREVRANGEBYSCORE', entries, top, top)
    below = '(' .. top
end
local rest = redis.call('ZREVRANGEBYSCORE', entries, below, '-inf', 'WITHSCORES', 'LIMIT', 0, count)
return {redis.call('GET', floor) or '', ties, rest}
"""
"""What stands below a score, and at it; nothing unless the timeline is ready.

A cold one is put down to be rebuilt. Which of the ties come after the cursor the caller decides.
"""

BEGIN = """
local entries, fences, epoch, floor = unpack(KEYS)
redis.call('DEL', entries, fences, floor)
redis.call('SET', epoch, 'building:' .. ARGV[1], 'EX', ARGV[2])
"""
"""Start a rebuild under a fence: from now on every writer leaves its own."""

FINISH = """
local entries, fences, epoch, floor = unpack(KEYS)
local fence, keep, bottom = ARGV[1], ARGV[2], ARGV[3]
if redis.call('GET', epoch) ~= 'building:' .. fence then return 'gone' end
if redis.call('EXISTS', fences) == 1 then return 'raced' end
for i = 4, #ARGV, 2 do redis.call('ZADD', entries, ARGV[i], ARGV[i + 1]) end
redis.call('EXPIRE', entries, keep + 60)
if bottom ~= '' then redis.call('SET', floor, bottom, 'EX', keep + 60) end
redis.call('SET', epoch, 'ready:' .. fence, 'EX', keep)
return 'done'
"""
"""Install what a rebuild read, unless a writer came in between or the timeline was dropped."""

RAISE_MARK = """
local held = redis.call('GET', KEYS[1])
if not held or tonumber(held) < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], ARGV[1]) end
"""
"""Keep the highest fence."""
