{{/* As docs/operations/kubernetes.md lists them. */}}
{{- define "coppice.operatorRules" -}}
# Finalizers are patched; a finished DeleteRequest may delete itself, and the record of a run goes by its history limit.
- apiGroups: [coppice.dev]
  resources: [registries, retentionpolicies, deleterequests, collectionruns]
  verbs: [get, list, watch, patch]
- apiGroups: [coppice.dev]
  resources: [collectionruns]
  verbs: [create, delete]
- apiGroups: [coppice.dev]
  resources: [deleterequests]
  verbs: [delete]
- apiGroups: [coppice.dev]
  resources: [registries/status, retentionpolicies/status, deleterequests/status, collectionruns/status]
  verbs: [patch]
# An API server that checks owners lets a run be owned by its Registry only with this.
- apiGroups: [coppice.dev]
  resources: [registries/finalizers]
  verbs: [update]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
# The first items of long plans, beside the objects that they are of.
- apiGroups: ['']
  resources: [configmaps]
  verbs: [create]
# Which pods are replicas, and which images are in use, whether or not anything of them runs.
- apiGroups: ['']
  resources: [pods]
  verbs: [list]
- apiGroups: [apps]
  resources: [deployments, replicasets, statefulsets, daemonsets, controllerrevisions]
  verbs: [list]
- apiGroups: [batch]
  resources: [jobs, cronjobs]
  verbs: [list]
{{- with include "coppice.readableSecrets" . | fromYamlArray }}
# Certificate authorities that Registries name.
- apiGroups: ['']
  resources: [secrets]
  resourceNames:
    {{- toYaml . | nindent 4 }}
  verbs: [get]
{{- end }}
{{- end -}}

{{- define "coppice.readableSecrets" -}}
{{- $names := .Values.operator.readableSecrets -}}
{{- if and .Values.registry.enabled (include "coppice.adminReachable" .) -}}
{{- $names = append $names (include "coppice.caSecret" .) -}}
{{- end -}}
{{- uniq $names | toYaml -}}
{{- end -}}
