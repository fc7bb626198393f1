-- Sends the requests of a file in turn, over and over. Arguments: the file, and the number of the first request.
-- Each line is a cookie and a path. After the first time through the list it prints "walked".

local requests, position, remaining = {}, 0, 0

function init(args)
  for line in io.lines(args[1]) do
    local cookie, path = line:match("^(%S+) (%S+)$")
    local headers = { cookie = cookie }
    for name, value in pairs(wrk.headers) do headers[name] = value end
    requests[#requests + 1] = wrk.format("GET", path, headers)
  end
  position = tonumber(args[2]) % #requests
  remaining = #requests
end

function request()
  position = position % #requests + 1
  remaining = remaining - 1
  if remaining == 0 then
    io.write("walked\n")
    io.flush()
  end
  return requests[position]
end
