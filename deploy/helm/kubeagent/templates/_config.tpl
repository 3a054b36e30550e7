{{/*
The configuration with what presets add. Nothing is changed in place: each step takes a configuration and gives one, as YAML.
What the values say about a component wins over what its preset says.
*/}}

{{- define "kubeagent.config" -}}
{{- $config := deepCopy (default .Values.config .Values.alternateConfig) -}}
{{- if .Values.presets.logsCollection.enabled -}}
{{- $config = include "kubeagent.presets.logsCollection" (dict "root" . "config" $config) | fromYaml -}}
{{- end -}}
{{- if .Values.presets.hostMetrics.enabled -}}
{{- $config = include "kubeagent.presets.hostMetrics" (dict "root" . "config" $config) | fromYaml -}}
{{- end -}}
{{- if .Values.presets.kubeletMetrics.enabled -}}
{{- $config = include "kubeagent.presets.kubeletMetrics" (dict "root" . "config" $config) | fromYaml -}}
{{- end -}}
{{- if .Values.presets.clusterMetrics.enabled -}}
{{- $config = include "kubeagent.presets.clusterMetrics" (dict "root" . "config" $config) | fromYaml -}}
{{- end -}}
{{- if .Values.presets.kubernetesEvents.enabled -}}
{{- $config = include "kubeagent.presets.kubernetesEvents" (dict "root" . "config" $config) | fromYaml -}}
{{- end -}}
{{- if .Values.presets.kubernetesAttributes.enabled -}}
{{- $config = include "kubeagent.presets.kubernetesAttributes" (dict "root" . "config" $config) | fromYaml -}}
{{- end -}}
{{- if .Values.ports.metrics.enabled -}}
{{- $config = include "kubeagent.servedMetrics" (dict "root" . "config" $config) | fromYaml -}}
{{- end -}}
{{- toYaml $config -}}
{{- end -}}

{{/* config, with the receiver that the preset brings in the pipeline of its signal. */}}
{{- define "kubeagent.withReceiver" -}}
{{- include "kubeagent.requireComponent" . -}}
{{- if not (hasKey .config.service.pipelines .signal) -}}
{{- fail (printf "presets.%s adds %s to the pipeline %s, which the configuration does not have" .preset .component .signal) -}}
{{- end -}}
{{- $receivers := default (list) (index .config.service.pipelines .signal "receivers") -}}
{{- if not (has .component $receivers) -}}
{{- $receivers = append $receivers .component -}}
{{- end -}}
{{- $usual := dict "receivers" (dict .component .settings) -}}
{{- $pipelines := dict .signal (dict "receivers" $receivers) -}}
{{- toYaml (mergeOverwrite $usual (deepCopy .config) (dict "service" (dict "pipelines" $pipelines))) -}}
{{- end -}}

{{/* config, with the agent's own metrics where the Service and the ServiceMonitor look for them. */}}
{{- define "kubeagent.servedMetrics" -}}
{{- $exporter := dict "prometheus" (dict "host" "0.0.0.0" "port" .root.Values.ports.metrics.containerPort) -}}
{{- $metrics := dict "readers" (list (dict "pull" (dict "exporter" $exporter))) -}}
{{- $usual := dict "service" (dict "telemetry" (dict "metrics" $metrics)) -}}
{{- toYaml (mergeOverwrite $usual (deepCopy .config)) -}}
{{- end -}}
