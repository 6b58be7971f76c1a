-- AlterTable
ALTER TABLE "users" ADD COLUMN "operator" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "workspaces" ADD COLUMN "tiktokEnabled" BOOLEAN NOT NULL DEFAULT false;

-- Whoever has TikTok keeps it.
UPDATE "workspaces" SET "tiktokEnabled" = true;

-- CreateTable
CREATE TABLE "tiktok_tallies" (
    "day" DATE NOT NULL,
    "flow" TEXT NOT NULL,
    "step" TEXT NOT NULL,
    "code" TEXT NOT NULL,
    "owner" TEXT NOT NULL,
    "count" INTEGER NOT NULL,

    CONSTRAINT "tiktok_tallies_pkey" PRIMARY KEY ("day", "flow", "step", "code", "owner")
);
