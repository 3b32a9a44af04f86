{{- define "coppice.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* Short enough for every suffix below it. */}}
{{- define "coppice.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- $name := include "coppice.name" . -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "coppice.selector" -}}
app.kubernetes.io/name: {{ include "coppice.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* Labels of every object, without a component. */}}
{{- define "coppice.release" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: coppice
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "coppice.labels" -}}
{{ include "coppice.selector" . }}
{{ include "coppice.release" .root }}
{{- end -}}

{{- define "coppice.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}{{ .repository }}@{{ .digest }}{{- else -}}{{ .repository }}:{{ default $.Chart.AppVersion .tag }}{{- end -}}
{{- end -}}
{{- end -}}

{{/* Of every container: it writes nowhere but in its volumes, and may nothing. */}}
{{- define "coppice.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* What the registry API speaks. */}}
{{- define "coppice.scheme" -}}
{{- if .Values.registry.tls.secretName -}}https{{- else -}}http{{- end -}}
{{- end -}}

{{/* Whether the admin API leaves the pod. */}}
{{- define "coppice.adminReachable" -}}
{{- if .Values.registry.admin.tls.secretName -}}true{{- end -}}
{{- end -}}

{{- define "coppice.caSecret" -}}
{{- .Values.registry.admin.tls.caSecretName | default .Values.registry.admin.tls.secretName -}}
{{- end -}}

{{- define "coppice.tokenReview" -}}
{{- if and .Values.registry.enabled .Values.registry.admin.tokenReview.enabled -}}true{{- end -}}
{{- end -}}

{{- define "coppice.operatorAccount" -}}
{{ include "coppice.fullname" . }}-operator
{{- end -}}

{{- define "coppice.spread" -}}
{{- if .constraints -}}
{{ toYaml .constraints }}
{{- else -}}
- maxSkew: 1
  topologyKey: kubernetes.io/hostname
  whenUnsatisfiable: ScheduleAnyway
  labelSelector:
    matchLabels:
      {{- include "coppice.selector" . | nindent 6 }}
{{- end -}}
{{- end -}}

{{/* Where pods go. */}}
{{- define "coppice.placement" -}}
{{- with .values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
topologySpreadConstraints:
  {{- include "coppice.spread" (dict "root" .root "component" .component "constraints" .values.topologySpreadConstraints) | nindent 2 }}
{{- end -}}
