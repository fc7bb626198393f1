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
CREATE TABLE "directory_changes" (
	"version" bigint NOT NULL,
	"table_name" text NOT NULL,
	"key" text NOT NULL,
	CONSTRAINT "directory_changes_version_table_name_key_pk" PRIMARY KEY("version","table_name","key")
);
--> statement-breakpoint
CREATE TABLE "familiar_addresses" (
	"hash" text PRIMARY KEY NOT NULL,
	"seen_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
DROP INDEX "audit_events_tenant";--> statement-breakpoint
DROP INDEX "audit_events_actor";--> statement-breakpoint
ALTER TABLE "audit_chains" ADD COLUMN "anchor" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "tenants" ADD COLUMN "record_id" uuid DEFAULT gen_random_uuid() NOT NULL;--> statement-breakpoint
CREATE INDEX "familiar_addresses_seen_at" ON "familiar_addresses" USING btree ("seen_at");--> statement-breakpoint
CREATE INDEX "audit_events_time" ON "audit_events" USING btree ("at","position");--> statement-breakpoint
CREATE INDEX "audit_events_tenant" ON "audit_events" USING btree ("tenant_id","at","position");--> statement-breakpoint
CREATE INDEX "audit_events_actor" ON "audit_events" USING btree ("actor_id","at","position");
--> statement-breakpoint
-- Counts a transaction as one version of the directory, announces it, and records the rows that it touches. A trigger,
-- so that no writer can forget it and SQL by hand counts as well. The setting lasts until the transaction ends.
CREATE FUNCTION "public"."record_directory_change"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	current_version bigint := nullif(current_setting('bff.directory_version', true), '')::bigint;
BEGIN
	IF current_version IS NULL THEN
		UPDATE public.directory_version SET version = version + 1 WHERE id = 1 RETURNING version INTO current_version;
		PERFORM set_config('bff.directory_version', current_version::text, true);
		DELETE FROM public.directory_changes WHERE version <= current_version - 1000;
		PERFORM pg_notify('bff_directory', current_version::text);
	END IF;
	IF TG_LEVEL = 'STATEMENT' THEN
		INSERT INTO public.directory_changes VALUES (current_version, '*', '*') ON CONFLICT DO NOTHING;
		RETURN NULL;
	END IF;
	INSERT INTO public.directory_changes
		SELECT DISTINCT current_version, TG_TABLE_NAME::text, touched.key
		FROM (VALUES (to_jsonb(OLD) ->> TG_ARGV[0]), (to_jsonb(NEW) ->> TG_ARGV[0])) AS touched(key)
		WHERE touched.key IS NOT NULL
		ON CONFLICT DO NOTHING;
	RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER "record_change" AFTER INSERT OR UPDATE OR DELETE ON "tenants" FOR EACH ROW EXECUTE FUNCTION "public"."record_directory_change"('id');--> statement-breakpoint
CREATE TRIGGER "record_change" AFTER INSERT OR UPDATE OR DELETE ON "tenant_credentials" FOR EACH ROW EXECUTE FUNCTION "public"."record_directory_change"('tenant_id');--> statement-breakpoint
CREATE TRIGGER "record_change" AFTER INSERT OR UPDATE OR DELETE ON "admin_credentials" FOR EACH ROW EXECUTE FUNCTION "public"."record_directory_change"('environment');--> statement-breakpoint
CREATE TRIGGER "record_change" AFTER INSERT OR UPDATE OR DELETE ON "users" FOR EACH ROW EXECUTE FUNCTION "public"."record_directory_change"('id');--> statement-breakpoint
CREATE TRIGGER "record_change" AFTER INSERT OR UPDATE OR DELETE ON "memberships" FOR EACH ROW EXECUTE FUNCTION "public"."record_directory_change"('user_id');--> statement-breakpoint
CREATE TRIGGER "record_truncation" AFTER TRUNCATE ON "tenants" FOR EACH STATEMENT EXECUTE FUNCTION "public"."record_directory_change"();--> statement-breakpoint
CREATE TRIGGER "record_truncation" AFTER TRUNCATE ON "tenant_credentials" FOR EACH STATEMENT EXECUTE FUNCTION "public"."record_directory_change"();--> statement-breakpoint
CREATE TRIGGER "record_truncation" AFTER TRUNCATE ON "admin_credentials" FOR EACH STATEMENT EXECUTE FUNCTION "public"."record_directory_change"();--> statement-breakpoint
CREATE TRIGGER "record_truncation" AFTER TRUNCATE ON "users" FOR EACH STATEMENT EXECUTE FUNCTION "public"."record_directory_change"();--> statement-breakpoint
CREATE TRIGGER "record_truncation" AFTER TRUNCATE ON "memberships" FOR EACH STATEMENT EXECUTE FUNCTION "public"."record_directory_change"();
