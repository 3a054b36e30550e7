{{/* The one container, without its name. */}}

{{- define "kubeagent.container" -}}
image: {{ include "kubeagent.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
env:
  {{- include "kubeagent.env" . | nindent 2 }}
{{- with .Values.extraEnvsFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
ports:
  {{- /* With the node's network every port is one of the node. */}}
  {{- $onNode := and (eq .Values.mode "daemonset") (not .Values.hostNetwork) }}
  {{- range $name, $port := .Values.ports }}
  {{- if $port.enabled }}
  - name: {{ $name }}
    containerPort: {{ $port.containerPort }}
    protocol: {{ default "TCP" (index $port "protocol") }}
    {{- if and $onNode (index $port "hostPort") }}
    hostPort: {{ $port.hostPort }}
    {{- end }}
  {{- end }}
  {{- end }}
  - name: health
    containerPort: 13133
    protocol: TCP
  {{- if .Values.webhook.enabled }}
  - name: webhook
    containerPort: 9443
    protocol: TCP
  {{- end }}
livenessProbe:
  httpGet:
    path: /health
    port: 13133
  {{- toYaml .Values.livenessProbe | nindent 2 }}
readinessProbe:
  httpGet:
    path: /ready
    port: 13133
  {{- toYaml .Values.readinessProbe | nindent 2 }}
resources:
  {{- toYaml .Values.resources | nindent 2 }}
securityContext:
  {{- if .Values.securityContext }}
  {{- toYaml .Values.securityContext | nindent 2 }}
  {{- else }}
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: ["ALL"]
  {{- end }}
volumeMounts:
  {{- include "kubeagent.volumeMounts" . | nindent 2 }}
{{- end -}}

{{- define "kubeagent.env" -}}
- name: KM_API_KEY
  valueFrom:
    secretKeyRef:
      name: {{ include "kubeagent.secretName" . }}
      key: {{ .Values.secret.key }}
- name: KM_COLLECTOR_ENDPOINT
  value: {{ required "agent.collectorEndpoint is the URL of the backend" .Values.agent.collectorEndpoint | quote }}
- name: DEPLOYMENT_MODE
  value: {{ .Values.mode | upper }}
- name: CONFIGMAP_NAME
  value: {{ include "kubeagent.configMapName" . }}
{{- $fields := dict "POD_NAMESPACE" "metadata.namespace" "POD_NAME" "metadata.name" "POD_UID" "metadata.uid" -}}
{{- $fields = mergeOverwrite $fields (dict "NODE_NAME" "spec.nodeName" "KM_NODE_NAME" "spec.nodeName" "K8S_NODE_NAME" "spec.nodeName") -}}
{{- $fields = mergeOverwrite $fields (dict "K8S_NODE_IP" "status.hostIP" "MY_POD_IP" "status.podIP") -}}
{{- range $name, $path := $fields }}
- name: {{ $name }}
  valueFrom:
    fieldRef:
      fieldPath: {{ $path }}
{{- end }}
- name: KM_CONFIG_CHECK_INTERVAL
  value: {{ .Values.agent.configCheckInterval | quote }}
- name: KM_LOG_LEVEL
  value: {{ .Values.agent.logLevel }}
- name: KM_SHUTDOWN_TIMEOUT
  value: {{ .Values.agent.shutdownTimeout | quote }}
{{- if .Values.webhook.enabled }}
- name: KM_WEBHOOK_CERT_DIR
  value: /etc/kubeagent-webhook
{{- end }}
{{- with .Values.extraEnvs }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "kubeagent.volumeMounts" -}}
- name: config
  mountPath: /etc/kmagent
  readOnly: true
{{- if .Values.presets.hostMetrics.enabled }}
- name: hostfs
  mountPath: /hostfs
  mountPropagation: HostToContainer
  readOnly: true
{{- end }}
{{- if .Values.presets.logsCollection.enabled }}
- name: varlogpods
  mountPath: /var/log/pods
  readOnly: true
# What the files of /var/log/pods are links to where the runtime is Docker.
- name: varlibdockercontainers
  mountPath: /var/lib/docker/containers
  readOnly: true
{{- if .Values.presets.logsCollection.storeCheckpoints }}
- name: state
  mountPath: /var/lib/kubeagent
{{- end }}
{{- end }}
{{- if .Values.webhook.enabled }}
- name: webhook-certificate
  mountPath: /etc/kubeagent-webhook
  readOnly: true
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}
