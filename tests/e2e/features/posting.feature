Feature: Posting a video

  Scenario: An upload resumes after the connection drops
    Given I have a connected TikTok account
    And I have filled in a post called "Dropped and resumed"
    And TikTok drops the connection after 1000000 bytes of the upload
    When I post it
    Then I see its progress and that it was posted
    And the upload was dropped once
    And TikTok holds "Dropped and resumed" once, with the bytes of my file

  Scenario: A cancelled upload is not posted
    Given I have a connected TikTok account
    And I have filled in a post called "Never posted"
    And TikTok delays the upload
    When I post it
    And I cancel it while it is sent
    Then I see the error "cancel"
    And TikTok has published nothing called "Never posted"

  Scenario: A draft waits in the inbox until the creator posts it
    Given I have a connected TikTok account
    And I have filled in a post called "A draft"
    When I choose to send it as a draft
    And I post it
    Then I see that it waits in the creator's inbox
    And TikTok has it as "SEND_TO_USER_INBOX"
    When the creator posts it in the TikTok app
    Then TikTok has it as "PUBLISH_COMPLETE"

  Scenario: A text file with a video file name is rejected
    Given I have a connected TikTok account
    And I have filled in a post called "Notes" with a text file
    When I post it
    Then I see the error "MP4"
    And the caption is still "Notes"
    And TikTok has published nothing called "Notes"

  Scenario: A caption that is too long disables posting
    Given I have a connected TikTok account
    And I am on the post page
    When I write a caption of 1101 clapper boards
    Then I see "2202 / 2200"
    And I cannot post

  Scenario: A creator who is banned from posting gets no form
    Given I have connected "cleo.banned"
    When I open the post page
    Then I see the error "may not|not allowed|ban|block"
    And no video can be chosen

  Scenario: A creator who reached the daily cap gets no form
    Given I have connected "dan.capped"
    When I open the post page
    Then I see the error "cap|limit|24 hours|tomorrow|later"
    And no video can be chosen

  Scenario: A webhook reports that a post is public
    Given I have a connected TikTok account
    And TikTok sends its webhooks to the dashboard
    And TikTok moderates videos for 2 minutes
    And I have filled in a post called "Public by webhook" for everyone
    When I post it
    Then I see that TikTok still moderates it
    When TikTok stops reporting the status
    And 2 minutes pass on TikTok
    Then TikTok has delivered "post.publish.publicly_available"
    And I see that it is public
