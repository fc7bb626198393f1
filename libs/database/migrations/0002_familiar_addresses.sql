CREATE TABLE "familiar_addresses" (
	"hash" text PRIMARY KEY NOT NULL,
	"seen_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE INDEX "familiar_addresses_seen_at" ON "familiar_addresses" USING btree ("seen_at");
