-- AlterTable
ALTER TABLE "tiktok_publishes" ADD COLUMN     "cancelRequested" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "lastError" TEXT;
