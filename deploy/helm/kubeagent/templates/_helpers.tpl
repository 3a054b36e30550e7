{{/* Names, labels and the other small things that several objects share. */}}

{{- define "kubeagent.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* The release's name, with the chart's unless that is in it already. */}}
{{- define "kubeagent.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 55 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 55 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 55 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "kubeagent.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride -}}
{{- end -}}

{{- define "kubeagent.selectorLabels" -}}
app: kubeagent
app.kubernetes.io/name: {{ include "kubeagent.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "kubeagent.labels" -}}
{{ include "kubeagent.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end -}}

{{- define "kubeagent.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "kubeagent.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "kubeagent.configMapName" -}}
{{- if .Values.configMap.create -}}
{{- printf "%s-config" (include "kubeagent.fullname" .) -}}
{{- else -}}
{{- required "configMap.existingName names the ConfigMap with the configuration when configMap.create is false" .Values.configMap.existingName -}}
{{- end -}}
{{- end -}}

{{- define "kubeagent.secretName" -}}
{{- if .Values.secret.create -}}
{{- printf "%s-secret" (include "kubeagent.fullname" .) -}}
{{- else -}}
{{- required "secret.existingName names the Secret with the API key when secret.create is false" .Values.secret.existingName -}}
{{- end -}}
{{- end -}}

{{- define "kubeagent.webhookName" -}}
{{- printf "%s-webhook" (include "kubeagent.fullname" .) -}}
{{- end -}}

{{- define "kubeagent.clusterRoleName" -}}
{{- default (printf "%s-%s" (include "kubeagent.namespace" .) (include "kubeagent.fullname" .)) .Values.clusterRole.name -}}
{{- end -}}

{{- define "kubeagent.priorityClassName" -}}
{{- if .Values.priorityClass.create -}}
{{- default (include "kubeagent.fullname" .) .Values.priorityClassName -}}
{{- else -}}
{{- .Values.priorityClassName -}}
{{- end -}}
{{- end -}}

{{- define "kubeagent.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}
