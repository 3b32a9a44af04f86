{{/* What the schema cannot tell: combinations that would not work, each with what to do. */}}
{{- define "coppice.refusals" -}}
{{- with .Values.registry -}}
{{- if .enabled -}}
{{- $claim := .storage.filesystem.claim -}}
{{- if and (gt (int .replicas) 1) (not .storage.filesystem.existingClaim) (ne $claim.accessMode "ReadWriteMany") -}}
{{- fail (printf "registry.replicas is %d, and registry.storage.filesystem.claim.accessMode %s can be mounted on one node only: use ReadWriteMany, or one replica" (int .replicas) $claim.accessMode) -}}
{{- end -}}
{{- $asks := or .admin.keys .admin.tokenReview.enabled -}}
{{- if and .admin.tls.secretName (not $asks) -}}
{{- fail "registry.admin.tls.secretName opens the admin API to the cluster, which needs registry.admin.keys or registry.admin.tokenReview.enabled" -}}
{{- end -}}
{{- if and .admin.tokenReview.enabled (not .admin.tls.secretName) -}}
{{- fail "registry.admin.tokenReview needs registry.admin.tls.secretName: tokens do not go over a connection that anybody can read" -}}
{{- end -}}
{{- range $path, $value := dict "http.addr" (dig "http" "addr" nil .config) "http.debug.addr" (dig "http" "debug" "addr" nil .config) "coppice.metrics.addr" (dig "coppice" "metrics" "addr" nil .config) -}}
{{- if $value -}}
{{- fail (printf "registry.config.%s: the chart's services, probes and policies rely on its own" $path) -}}
{{- end -}}
{{- end -}}
{{- if dig "storage" "filesystem" "rootdirectory" nil .config -}}
{{- fail "registry.config.storage.filesystem.rootdirectory: the volume is mounted where the chart says; use registry.storage.filesystem.subPath" -}}
{{- end -}}
{{- if dig "http" "tls" nil .config -}}
{{- fail "registry.config.http.tls: use registry.tls, of which the probes know" -}}
{{- end -}}
{{- if dig "http" "net" nil .config -}}
{{- fail "registry.config.http.net: the chart's services need a port" -}}
{{- end -}}
{{- if dig "coppice" "admin" nil .config -}}
{{- fail "registry.config.coppice.admin: use registry.admin" -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
