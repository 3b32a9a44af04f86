-- Health of every kind of coppice.dev for Argo CD, as kstatus (and with it Flux and kubectl wait) would say it.
-- Into the ConfigMap argocd-cm: docs/operations/gitops.md shows where.

local function health(status, message)
  return { status = status, message = message or "" }
end

if obj.metadata.deletionTimestamp ~= nil then
  return health("Progressing", "being deleted")
end
if obj.spec ~= nil and obj.spec.suspend == true then
  return health("Suspended", "spec.suspend is true")
end

-- Until the operator has seen this generation, its status speaks of an earlier one.
local status = obj.status
if status == nil or status.observedGeneration ~= obj.metadata.generation then
  return health("Progressing", "waiting for the operator")
end

local ready = nil
for _, condition in ipairs(status.conditions or {}) do
  if condition.status == "True" then
    if condition.type == "Reconciling" then
      return health("Progressing", condition.message)
    end
    if condition.type == "Stalled" then
      return health("Degraded", condition.message)
    end
  end
  if condition.type == "Ready" then
    ready = condition
  end
end

if ready == nil then
  return health("Progressing", "not judged yet")
end
return health(ready.status == "True" and "Healthy" or "Progressing", ready.message)
