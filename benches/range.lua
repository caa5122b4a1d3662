-- The requests of `wrk`, the second opinion of `benches/compare` on small replies.
--
--   wrk -s range.lua URL -- RANGE LENGTH DEPTH
--
-- Each request asks for RANGE bytes at a random place of a file of LENGTH bytes (RANGE 0: the whole
-- file), DEPTH of them at a time.

local range, length, depth

function init(args)
   range, length, depth = tonumber(args[1]), tonumber(args[2]), tonumber(args[3])
   math.randomseed(1)
end

local function one()
   if range == 0 then
      return wrk.format()
   end
   local first = math.random(0, length - range)
   return wrk.format(nil, nil, { Range = "bytes=" .. first .. "-" .. first + range - 1 })
end

function request()
   if depth == 1 then
      return one()
   end
   local batch = {}
   for n = 1, depth do
      batch[n] = one()
   end
   return table.concat(batch)
end
