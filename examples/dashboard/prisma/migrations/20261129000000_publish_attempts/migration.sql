-- AlterTable
ALTER TABLE "tiktok_publishes" ADD COLUMN     "attempt" TEXT NOT NULL DEFAULT '';

-- CreateIndex
CREATE INDEX "tiktok_publishes_phase_updatedAt_idx" ON "tiktok_publishes"("phase", "updatedAt");
