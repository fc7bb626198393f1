-- Requests to all tenants in turn. Arguments: the path with {tenant}, the number of tenants, and the body of a write.

local requests = {}
local at = 0

function init(args)
  local path, tenants, body = args[1], tonumber(args[2]), args[3]
  if body then wrk.headers["content-type"] = "application/json" end
  for index = 1, tenants do
    local own = path:gsub("{tenant}", "acme-" .. (index - 1))
    requests[index] = wrk.format(body and "POST" or "GET", own, nil, body)
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end
