{{/* The pod template of both workloads. */}}

{{- define "kubeagent.pod" -}}
metadata:
  {{- with .Values.podAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  labels:
    {{- include "kubeagent.selectorLabels" . | nindent 4 }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "kubeagent.serviceAccountName" . }}
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with include "kubeagent.priorityClassName" . }}
  priorityClassName: {{ . }}
  {{- end }}
  terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
  {{- if .Values.hostNetwork }}
  hostNetwork: true
  {{- end }}
  {{- if and .Values.presets.hostMetrics.enabled .Values.presets.hostMetrics.process }}
  hostPID: true
  {{- end }}
  {{- if .Values.dnsPolicy }}
  dnsPolicy: {{ .Values.dnsPolicy }}
  {{- else if .Values.hostNetwork }}
  dnsPolicy: ClusterFirstWithHostNet
  {{- end }}
  securityContext:
    {{- if .Values.podSecurityContext }}
    {{- toYaml .Values.podSecurityContext | nindent 4 }}
    {{- else if .Values.presets.logsCollection.enabled }}
    # The kubelet and container runtimes let root alone read container logs.
    runAsUser: 0
    runAsGroup: 0
    seccompProfile:
      type: RuntimeDefault
    {{- else }}
    runAsNonRoot: true
    runAsUser: 65532
    runAsGroup: 65532
    seccompProfile:
      type: RuntimeDefault
    {{- end }}
  containers:
    - name: kubeagent
      {{- include "kubeagent.container" . | nindent 6 }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.topologySpreadConstraints }}
  topologySpreadConstraints:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  volumes:
    {{- include "kubeagent.volumes" . | nindent 4 }}
{{- end -}}

{{/* A folder and no single file of it, which would not follow the ConfigMap. */}}
{{- define "kubeagent.volumes" -}}
- name: config
  configMap:
    name: {{ include "kubeagent.configMapName" . }}
{{- if .Values.presets.hostMetrics.enabled }}
- name: hostfs
  hostPath:
    path: /
    type: Directory
{{- end }}
{{- if .Values.presets.logsCollection.enabled }}
- name: varlogpods
  hostPath:
    path: /var/log/pods
- name: varlibdockercontainers
  hostPath:
    path: /var/lib/docker/containers
{{- if .Values.presets.logsCollection.storeCheckpoints }}
- name: state
  hostPath:
    path: /var/lib/kubeagent
    type: DirectoryOrCreate
{{- end }}
{{- end }}
{{- if .Values.webhook.enabled }}
# Optional, so that the agent starts before the certificate is issued; it looks again when somebody connects.
- name: webhook-certificate
  secret:
    secretName: {{ include "kubeagent.webhookName" . }}
    optional: true
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}
