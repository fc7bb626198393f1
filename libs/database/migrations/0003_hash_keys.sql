CREATE TABLE "hash_keys" (
	"purpose" text NOT NULL,
	"generation" integer NOT NULL,
	"sealed_key" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "hash_keys_purpose_generation_pk" PRIMARY KEY("purpose","generation")
);
--> statement-breakpoint
-- Announces a further key. The first keys are read at start-up, and a key that is sealed again is still the same key.
CREATE TRIGGER "record_change" AFTER INSERT ON "hash_keys" FOR EACH ROW WHEN (NEW.generation > 1) EXECUTE FUNCTION "public"."record_directory_change"('purpose');
--> statement-breakpoint
-- Removes the hashes under keys that were derived from the encryption keys, which nothing can find under the new key.
-- The networks of users become familiar again at their next sign-in.
DELETE FROM "familiar_addresses";
