-- Asks the forward server whether a request may pass. Without an answer it does not.

local GATE = "http://127.0.0.1:4180/forward/check"

-- What belongs to the request's own body and connection is not part of the question.
local LEFT_OUT = {
  ["connection"] = true, ["content-length"] = true, ["transfer-encoding"] = true, ["upgrade"] = true,
  ["expect"] = true, ["te"] = true,
}

local function refuse(txn, status, headers, body)
  local reply = txn:reply({ status = status, body = body or "" })
  for name, values in pairs(headers or {}) do
    if name ~= "content-length" and name ~= "connection" and name ~= "transfer-encoding" then
      for _, value in pairs(values) do
        reply:add_header(name, value)
      end
    end
  end
  txn:done(reply)
end

core.register_action("forward", { "http-req" }, function(txn)
  txn.http:req_del_header("biometry-receipt")
  local headers = {}
  for name, values in pairs(txn.http:req_get_headers()) do
    if not LEFT_OUT[name] then
      headers[name] = {}
      for at, value in pairs(values) do
        headers[name][at + 1] = value
      end
    end
  end
  headers["x-forwarded-method"] = { txn.sf:method() }
  headers["x-forwarded-uri"] = { txn.sf:pathq() }
  local answer = core.httpclient():get({ url = GATE, headers = headers, timeout = 5000 })
  if answer == nil or answer.status == nil or answer.status == 0 then
    return refuse(txn, 503, { ["retry-after"] = { "1" } }, "")
  end
  if answer.status ~= 200 then
    return refuse(txn, answer.status, answer.headers, answer.body)
  end
  local receipt = answer.headers["biometry-receipt"]
  if receipt ~= nil then
    txn.http:req_set_header("biometry-receipt", receipt[0] or receipt[1])
  end
  -- An action that fails lets the request go on: only this says that the question was answered.
  txn:set_var("txn.may_pass", true)
end, 0)
