{{/* config.yml: what the chart decides, and registry.config over it. */}}
{{- define "coppice.registryConfig" -}}
{{- $ours := include "coppice.registryBase" . | fromYaml -}}
{{- mergeOverwrite $ours (deepCopy .Values.registry.config) | toYaml -}}
{{- end -}}

{{- define "coppice.registryBase" -}}
version: 0.1
log:
  formatter: json
storage:
  filesystem:
    rootdirectory: /var/lib/registry
{{- with .Values.registry.htpasswd }}
{{- if .secretName }}
auth:
  htpasswd:
    realm: {{ .realm | quote }}
    path: /etc/coppice/auth/htpasswd
{{- end }}
{{- end }}
http:
  addr: ':5000'
  {{- if .Values.registry.tls.secretName }}
  tls:
    certificate: /etc/coppice/registry-tls/tls.crt
    key: /etc/coppice/registry-tls/tls.key
  {{- end }}
coppice:
  metrics:
    addr: ':5001'
  {{- if include "coppice.adminReachable" . }}
  {{- /* Its address is the pod's own: a variable of the pod. */}}
  {{- $service := printf "%s-admin" (include "coppice.fullname" .) }}
  admin:
    hosts:
      - {{ $service }}
      - {{ $service }}.{{ .Release.Namespace }}
      - {{ $service }}.{{ .Release.Namespace }}.svc
    tls:
      certificate: /etc/coppice/tls/tls.crt
      key: /etc/coppice/tls/tls.key
    {{- with .Values.registry.admin.keys }}
    keys:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- if include "coppice.tokenReview" . }}
    tokenReview:
      audience: {{ .Values.registry.admin.tokenReview.audience | quote }}
      users:
        {{- if .Values.operator.enabled }}
        - name: system:serviceaccount:{{ .Release.Namespace }}:{{ include "coppice.operatorAccount" . }}
          verbs: [read, plan, execute]
        {{- end }}
        {{- with .Values.registry.admin.tokenReview.users }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    {{- end }}
  {{- end }}
{{- end -}}
