Feature: Posting a video

  Scenario: The connection drops in the middle of the upload
    Given I have a connected TikTok account
    And I have filled in a post called "Dropped and resumed"
    And TikTok drops the connection after 1000000 bytes of the upload
    When I post it
    Then I see its progress and that it was posted
    And the upload was dropped once
    And TikTok holds "Dropped and resumed" once, with the bytes of my file

  Scenario: A post is cancelled while it is sent
    Given I have a connected TikTok account
    And I have filled in a post called "Never posted"
    And TikTok delays the upload
    When I post it
    And I cancel it while it is sent
    Then I see the error "cancel"
    And TikTok has published nothing called "Never posted"

  Scenario: A draft waits for its creator
    Given I have a connected TikTok account
    And I have filled in a post called "A draft"
    When I choose to send it as a draft
    And I post it
    Then I see that it waits in the creator's inbox
    And TikTok has it as "SEND_TO_USER_INBOX"
    When the creator posts it in the TikTok app
    Then TikTok has it as "PUBLISH_COMPLETE"

  Scenario: A text file that is named like a video
    Given I have a connected TikTok account
    And I have filled in a post called "Notes" with a text file
    When I post it
    Then I see the error "MP4"
    And the caption still is "Notes"
    And TikTok has published nothing called "Notes"

  Scenario: A caption that is too long
    Given I have a connected TikTok account
    And I am on the post page
    When I write a caption of 1101 clapper boards
    Then I see "2202 / 2200"
    And I cannot post

  Scenario: A creator who is banned from posting
    Given I have connected "cleo.banned"
    When I open the post page
    Then I see the error "may not|not allowed|ban|block"
    And no video can be chosen

  Scenario: A creator whose daily cap is reached
    Given I have connected "dan.capped"
    When I open the post page
    Then I see the error "cap|limit|24 hours|tomorrow|later"
    And no video can be chosen

  Scenario: A webhook makes a post public
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
