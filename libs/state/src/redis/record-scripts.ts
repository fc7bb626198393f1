import { RedisScript } from './redis-script.js';

/** Server time in milliseconds, so that nodes with different clocks agree. */
const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)`;

/** Groups are sorted sets of keys without the prefix of their kind, scored by their expiry. */
const JOIN_GROUPS = `${NOW}
local lifetime = tonumber(ARGV[2])
for index = 3, #KEYS do
  redis.call('ZADD', KEYS[index], now + lifetime, ARGV[3])
  if redis.call('PTTL', KEYS[index]) < lifetime then redis.call('PEXPIRE', KEYS[index], lifetime) end
end
return 1`;

/** KEYS: record, mark of its end, groups. ARGV: record, lifetime, key. @returns 1 if added, 0 if the key exists or has ended */
export const CREATE = new RedisScript(`
if redis.call('EXISTS', KEYS[1], KEYS[2]) > 0 then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
${JOIN_GROUPS}`);

/**
 * KEYS: record, mark of its end, groups. ARGV: record, lifetime, key, expected generation. @returns 1 if replaced, 0 if
 * absent, -1 if the generation is another one
 */
export const REPLACE = new RedisScript(`
local stored = redis.call('GET', KEYS[1])
if not stored then return 0 end
if string.match(stored, '^%d+') ~= ARGV[4] then return -1 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
${JOIN_GROUPS}`);

/**
 * KEYS: record. ARGV: record as read, record. Keeps the lifetime. @returns 1 if replaced, 0 if the record is another one
 */
export const RESEAL = new RedisScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
return 1`);

/** KEYS: record, mark of its end, groups. ARGV: lifetime of the mark or 0 for none, key. @returns 1 if removed, 0 if absent */
export const REMOVE = new RedisScript(`
local removed = redis.call('DEL', KEYS[1])
if tonumber(ARGV[1]) > 0 then redis.call('SET', KEYS[2], '', 'PX', ARGV[1]) end
for index = 3, #KEYS do redis.call('ZREM', KEYS[index], ARGV[2]) end
return removed`);

/** KEYS: group. ARGV: prefix of the kind. Removes members without a record. @returns key, record and remaining lifetime of each */
export const MEMBERS = new RedisScript(`${NOW}
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local found = {}
for _, key in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local record = redis.call('GET', ARGV[1] .. key)
  if record then
    table.insert(found, key)
    table.insert(found, record)
    table.insert(found, redis.call('PTTL', ARGV[1] .. key))
  else
    redis.call('ZREM', KEYS[1], key)
  end
end
return found`);

/**
 * KEYS: one sorted set of events per limit. ARGV: id of the event, window, then the limit of each key. @returns 1 and
 * whether the event filled a key; or 0, the time until no key is full, and the numbers of the full keys
 */
export const TAKE = new RedisScript(`${NOW}
local window = tonumber(ARGV[2])
local full = {}
local free = 0
local filled = 0
for index, key in ipairs(KEYS) do
  local limit = tonumber(ARGV[index + 2])
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now - window)
  local count = redis.call('ZCARD', key)
  if count >= limit then
    local blocking = redis.call('ZRANGE', key, count - limit, count - limit, 'WITHSCORES')
    free = math.max(free, blocking[2] + window - now)
    table.insert(full, index)
  elseif count + 1 == limit then
    filled = 1
  end
end
if #full > 0 then return { 0, free, unpack(full) } end
for _, key in ipairs(KEYS) do
  redis.call('ZADD', key, now, ARGV[1])
  redis.call('PEXPIRE', key, window)
end
return { 1, filled }`);

/** KEYS: sorted sets of events. ARGV: id of the event. */
export const GIVE_BACK = new RedisScript(`
for _, key in ipairs(KEYS) do redis.call('ZREM', key, ARGV[1]) end
return 1`);

/** KEYS: hash of nodes. ARGV: node, text, lifetime. Removes expired nodes. @returns the texts of the others and of this one */
export const ANNOUNCE = new RedisScript(`${NOW}
redis.call('HSET', KEYS[1], ARGV[1], (now + ARGV[3]) .. ' ' .. ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
local texts = {}
local nodes = redis.call('HGETALL', KEYS[1])
for index = 1, #nodes, 2 do
  local expiry, text = string.match(nodes[index + 1], '^(%d+) (.*)$')
  if tonumber(expiry) > now then
    table.insert(texts, text)
  else
    redis.call('HDEL', KEYS[1], nodes[index])
  end
end
return texts`);
