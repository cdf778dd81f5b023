-- Sends the requests of a file, one a line: method, path, body, separated by tabs. "once" stops after the last.
local ffi = require("ffi")
ffi.cdef("typedef struct { long seconds; long micros; } moment; int gettimeofday(moment *, void *);")
local function now()
  local moment = ffi.new("moment")
  ffi.C.gettimeofday(moment, nil)
  return tonumber(moment.seconds) + tonumber(moment.micros) / 1e6
end

local list, position, once = {}, 0, false
statuses, began, ended = {}, 0, 0
expected, answered = 0, 0

function init(args)
  once = args[2] == "once"
  for line in io.lines(args[1]) do
    local method, path, body = line:match("^(%S+)\t(%S+)\t(.*)$")
    if body == "" then body = nil end
    list[#list + 1] = wrk.format(method, path, nil, body)
  end
  expected = #list
end

-- wrk asks once for a request that it only looks at: the first one is handed out twice.
local looked = false
function request()
  if not looked then
    looked = true
    return list[1]
  end
  position = position + 1
  if began == 0 then began = now() end
  if once and position > #list then return wrk.format("GET", "/salud") end
  return list[(position - 1) % #list + 1]
end

function response(status)
  -- What is sent after the last request only keeps the connections busy.
  if once and status == 200 then return end
  answered = answered + 1
  statuses[status] = (statuses[status] or 0) + 1
  if once and answered == expected then
    ended = now()
    wrk.thread:stop()
  end
end

local threads = {}
function setup(thread) threads[#threads + 1] = thread end

function done(summary, latency)
  local all, count, seconds = {}, 0, summary.duration / 1e6
  for _, thread in ipairs(threads) do
    -- wrk itself waits until its time is over: what was sent once ended when the last answer came.
    if thread:get("ended") > 0 then seconds = thread:get("ended") - thread:get("began") end
    for status, number in pairs(thread:get("statuses")) do
      all[status] = (all[status] or 0) + number
      count = count + number
    end
  end
  local parts = {}
  for status, number in pairs(all) do parts[#parts + 1] = string.format('"%d":%d', status, number) end
  print(string.format('RESULT {"per_second":%.2f,"statuses":{%s},"p99_ms":%.2f}',
    count / seconds, table.concat(parts, ","), latency:percentile(99) / 1000))
end
