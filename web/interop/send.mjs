// SPDX-License-Identifier: Apache-2.0
// OpenTelemetry's own SDK for JavaScript sends spans and events: node send.mjs ADDRESS json|proto KEY
import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-http";
import { OTLPTraceExporter as JsonExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtoExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import { SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";

const [address, encoding, key] = process.argv.slice(2);
const headers = { authorization: `Bearer ${key}` };
const resource = resourceFromAttributes({ "service.name": "stock-js" });

const Exporter = encoding === "json" ? JsonExporter : ProtoExporter;
const spans = new Exporter({ url: `${address}/v1/traces`, headers, compression: "gzip" });
const tracing = new TracerProvider({ resource, spanProcessors: [new SimpleSpanProcessor({ exporter: spans })] });
const span = tracing.getTracer("host").startSpan("GET /cart", { kind: 1 });
span.setAttributes({ "http.route": "/cart", "http.response.status_code": 200, "a.list": ["x"], "a.float": 1.5 });
span.end();

const records = new OTLPLogExporter({ url: `${address}/v1/logs`, headers });
const logging = new LoggerProvider({ resource, processors: [new SimpleLogRecordProcessor({ exporter: records })] });
logging.getLogger("host").emit({ eventName: "exception", attributes: { "exception.type": "TypeError" } });

await tracing.shutdown();
await logging.shutdown();
