CREATE TABLE "audit_anchor" (
	"id" integer PRIMARY KEY NOT NULL,
	"counter" bigint NOT NULL,
	"at" bigint NOT NULL,
	"heads" text NOT NULL,
	"seal" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "audit_checkpoints" (
	"counter" bigint PRIMARY KEY NOT NULL,
	"at" bigint NOT NULL,
	"heads" text NOT NULL
);
--> statement-breakpoint
ALTER TABLE "audit_chains" ADD COLUMN "anchor" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
DROP INDEX "audit_events_tenant";--> statement-breakpoint
DROP INDEX "audit_events_actor";--> statement-breakpoint
CREATE INDEX "audit_events_time" ON "audit_events" USING btree ("at","position");--> statement-breakpoint
CREATE INDEX "audit_events_tenant" ON "audit_events" USING btree ("tenant_id","at","position");--> statement-breakpoint
CREATE INDEX "audit_events_actor" ON "audit_events" USING btree ("actor_id","at","position");
